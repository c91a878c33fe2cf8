from django.apps import AppConfig


class ProvisioningConfig(AppConfig):
    name = "plancia.provisioning"
    label = "provisioning"
