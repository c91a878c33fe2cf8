from django.apps import AppConfig


class MailboxesConfig(AppConfig):
    name = "plancia.mailboxes"
    label = "mailboxes"

    def ready(self) -> None:
        from plancia.mailboxes import handlers  # noqa: F401  (importing it is what makes it listen)
