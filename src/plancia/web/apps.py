from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "plancia.web"
    label = "web"
