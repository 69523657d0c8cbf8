from django.urls import path, re_path

from visual import run_views, views
from visual.runs import answers_version

app_name = "visual"
# Answers are kept for ever under their address: so it names the version of the numbers and fields that it gives.
RELEASE = f"runs/v{answers_version()}"
urlpatterns = [
    path("explore/", views.explore, name="explore"),
    path("visual/<slug:study>/", views.learn, name="learn"),
    path(f"{RELEASE}/<str:spec>/epochs/<int:first>-<int:last>", run_views.epochs, name="epochs"),
    path(f"{RELEASE}/<str:spec>/epochs/<int:epoch>/layers/<int:layer>", run_views.inspection, name="inspection"),
    path(f"{RELEASE}/<str:spec>/epochs/<int:epoch>/what-if", run_views.what_if, name="what_if"),
    re_path(r"^runs/v(?P<version>[0-9.]+)/", run_views.outdated),
    path("runs/<path:place>", run_views.unversioned),
]
