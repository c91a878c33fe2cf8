from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "plancia.knowledge"
    label = "knowledge"
