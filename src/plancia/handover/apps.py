from django.apps import AppConfig


class HandoverConfig(AppConfig):
    name = "plancia.handover"
    label = "handover"

    def ready(self) -> None:
        from plancia.handover import handlers  # noqa: F401  (importing it is what makes it listen)
