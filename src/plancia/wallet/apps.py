from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "plancia.wallet"
    label = "wallet"

    def ready(self) -> None:
        from plancia.wallet import handlers  # noqa: F401  (importing it is what makes it listen)
