from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "plancia.audit"
    label = "audit"
