from django.urls import include, path

from explornn_site import health, metrics, views

urlpatterns = [
    path("", views.home, name="home"),
    # Browsers ask for it on pages that name no icon of their own.
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("", include("survey.urls")),
    path("", include("visual.urls")),
    path("", include("textcond.urls")),
]
handler404 = "explornn_site.views.not_found"
handler500 = "explornn_site.views.server_error"
