from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "plancia.ops"
    label = "ops"
