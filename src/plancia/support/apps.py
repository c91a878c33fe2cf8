from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "plancia.support"
    label = "support"
