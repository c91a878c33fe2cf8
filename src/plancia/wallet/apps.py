from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "plancia.wallet"
    label = "wallet"

    def ready(self) -> None:
        from plancia.wallet import bank_matching, books, handlers  # noqa: F401  (importing them is what makes them known)
