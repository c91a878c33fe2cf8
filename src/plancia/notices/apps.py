from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "plancia.notices"
    label = "notices"

    def ready(self) -> None:
        from plancia.notices import handlers, security  # noqa: F401  (importing them is what makes them listen)
