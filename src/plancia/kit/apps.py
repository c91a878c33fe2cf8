from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "plancia.kit"
    label = "kit"
