from django.apps import AppConfig


class LeavingConfig(AppConfig):
    name = "plancia.leaving"
    label = "leaving"

    def ready(self) -> None:
        from plancia.leaving import handlers  # noqa: F401  (importing it is what makes it listen)
