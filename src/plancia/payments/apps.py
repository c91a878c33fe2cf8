from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "plancia.payments"
    label = "payments"
