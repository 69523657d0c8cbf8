from django.urls import include, path

from survey import answering, leaving, participation, views
from survey.monitor.data_links import data

app_name = "survey"
urlpatterns = [
    path("join/<slug:study>/", views.join, name="join"),
    path("join/<slug:study>/declined/", leaving.declined, name="declined"),
    path("resume/<str:token>/", views.resume, name="resume"),
    path("study/<slug:study>/", views.here, name="here"),
    path("study/<slug:study>/complete/", views.complete, name="complete"),
    path("study/<slug:study>/full/", views.full, name="full"),
    path("study/<slug:study>/ended/", views.ended, name="ended"),
    path("study/<slug:study>/pause/", views.pause, name="pause"),
    path("study/<slug:study>/withdraw/", leaving.withdraw, name="withdraw"),
    path("study/<slug:study>/withdrawn/", leaving.withdrawn, name="withdrawn"),
    path("study/<slug:study>/erased/", leaving.erased, name="erased"),
    path("study/<slug:study>/closed/", leaving.closed, name="closed"),
    path("study/<slug:study>/<slug:stage>/<int:page>/", views.stage, name="stage"),
    path("study/<slug:study>/<slug:stage>/<int:page>/draft/", answering.draft, name="draft"),
    path("events/<slug:study>/", participation.record_events, name="events"),
    path("data/<slug:study>/<str:file>", data, name="data"),
    path("researcher/", include("survey.monitor.urls")),
]
