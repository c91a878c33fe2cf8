from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "plancia.notices"
    label = "notices"

    def ready(self) -> None:
        from plancia.notices import farewells, handlers, handovers, money, security  # noqa: F401  (importing makes them listen)
