from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "plancia.billing"
    label = "billing"

    def ready(self) -> None:
        from plancia.billing import bank_matching, books, handlers  # noqa: F401  (importing them is what makes them known)
