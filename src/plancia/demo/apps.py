from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "plancia.demo"
    label = "demo"
