from django.apps import AppConfig


class PromotionsConfig(AppConfig):
    name = "plancia.promotions"
    label = "promotions"

    def ready(self) -> None:
        from plancia.promotions import books  # noqa: F401  (importing it is what makes it known)
