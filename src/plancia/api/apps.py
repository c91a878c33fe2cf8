from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "plancia.api"
    label = "api"
