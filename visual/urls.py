from django.urls import path

from visual import run_views, views

app_name = "visual"
urlpatterns = [
    path("explore/", views.explore, name="explore"),
    path("visual/<slug:study>/", views.learn, name="learn"),
    path("runs/<str:spec>/epochs/<int:first>-<int:last>", run_views.epochs, name="epochs"),
    path("runs/<str:spec>/epochs/<int:epoch>/layers/<int:layer>", run_views.inspection, name="inspection"),
    path("runs/<str:spec>/epochs/<int:epoch>/what-if", run_views.what_if, name="what_if"),
]
