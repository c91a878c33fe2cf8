from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "plancia.subscriptions"
    label = "subscriptions"
