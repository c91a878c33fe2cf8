from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "plancia.notices"
    label = "notices"

    def ready(self) -> None:
        from plancia.notices import handlers  # noqa: F401  (importing it is what makes it listen)
