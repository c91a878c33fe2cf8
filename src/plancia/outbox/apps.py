from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "plancia.outbox"
    label = "outbox"
