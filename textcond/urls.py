from django.urls import path

from textcond import views

app_name = "textcond"
urlpatterns = [path("text/<slug:study>/", views.learn, name="learn")]
