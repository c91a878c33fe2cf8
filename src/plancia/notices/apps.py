from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "plancia.notices"
    label = "notices"
