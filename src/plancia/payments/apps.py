from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "plancia.payments"
    label = "payments"

    def ready(self) -> None:
        from plancia.payments import books, handlers  # noqa: F401  (importing them adds checks and listeners)
