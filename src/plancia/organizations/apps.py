from django.apps import AppConfig


class OrganizationsConfig(AppConfig):
    name = "plancia.organizations"
    label = "organizations"
