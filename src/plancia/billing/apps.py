from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "plancia.billing"
    label = "billing"
