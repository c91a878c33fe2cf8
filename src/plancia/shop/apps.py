from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "plancia.shop"
    label = "shop"

    def ready(self) -> None:
        from plancia.shop import bank_matching, books, handlers  # noqa: F401  (importing them is what makes them known)
