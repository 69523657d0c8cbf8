from django.apps import AppConfig


class TextcondConfig(AppConfig):
    name = "textcond"
