from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "plancia.shop"
    label = "shop"
