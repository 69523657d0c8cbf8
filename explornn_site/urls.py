from django.urls import include, path

from explornn_site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("", include("survey.urls")),
    path("", include("visual.urls")),
    path("", include("textcond.urls")),
]
handler404 = "explornn_site.views.not_found"
handler500 = "explornn_site.views.server_error"
