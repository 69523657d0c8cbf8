from django.urls import path

from survey import participation, views
from survey.monitor import views as monitor

app_name = "survey"
urlpatterns = [
    path("join/<slug:study>/", views.join, name="join"),
    path("resume/<str:token>/", views.resume, name="resume"),
    path("study/<slug:study>/", views.here, name="here"),
    path("study/<slug:study>/complete/", views.complete, name="complete"),
    path("study/<slug:study>/full/", views.full, name="full"),
    path("study/<slug:study>/pause/", views.pause, name="pause"),
    path("study/<slug:study>/<slug:stage>/<int:page>/", views.stage, name="stage"),
    path("study/<slug:study>/<slug:stage>/<int:page>/draft/", views.draft, name="draft"),
    path("events/<slug:study>/", participation.record_events, name="events"),
    path("researcher/", monitor.researcher, name="researcher"),
    path("researcher/login/", monitor.LoginView.as_view(), name="login"),
    path("researcher/logout/", monitor.LogoutView.as_view(), name="logout"),
    path("researcher/<slug:study>/export/", monitor.export, name="export"),
]
