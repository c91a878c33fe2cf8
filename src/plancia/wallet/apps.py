from django.apps import AppConfig


class WalletConfig(AppConfig):
    name = "plancia.wallet"
    label = "wallet"
