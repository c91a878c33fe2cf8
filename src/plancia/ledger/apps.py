from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "plancia.ledger"
    label = "ledger"
