from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "plancia.shop"
    label = "shop"

    def ready(self) -> None:
        from plancia.shop import handlers  # noqa: F401  (importing it is what makes it listen)
