from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "plancia.backoffice"
    label = "backoffice"
