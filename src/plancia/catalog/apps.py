from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "plancia.catalog"
    label = "catalog"
