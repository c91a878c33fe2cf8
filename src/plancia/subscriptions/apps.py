from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "plancia.subscriptions"
    label = "subscriptions"

    def ready(self) -> None:
        from plancia.subscriptions import bank_matching, books, handlers  # noqa: F401  (what listens to facts, and what checks the books)
