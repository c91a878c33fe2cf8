from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "plancia.accounts"
    label = "accounts"
