from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "plancia.bank"
    label = "bank"

    def ready(self) -> None:
        from plancia.bank import books  # noqa: F401  (importing it adds its checks)
