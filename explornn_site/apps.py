from django.apps import AppConfig


class ExplornnSiteConfig(AppConfig):
    name = "explornn_site"
