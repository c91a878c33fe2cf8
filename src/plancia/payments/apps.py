from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "plancia.payments"
    label = "payments"

    def ready(self) -> None:
        from plancia.payments import books  # noqa: F401  (importing it adds its checks)
