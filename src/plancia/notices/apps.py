from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "plancia.notices"
    label = "notices"

    def ready(self) -> None:
        # Importing them is what makes them listen.
        from plancia.notices import answers, farewells, handlers, handovers, money, security  # noqa: F401
