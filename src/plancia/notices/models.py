from __future__ import annotations

from datetime import datetime

from django.db import models

from plancia.kernel.rows import Row


class Message(Row):
    """
    A mail to one person: written down in the transaction that causes it, sent afterwards by the worker.

    `reference` says what it tells whom, so that nobody is told twice. `due_at` is when it is tried next; without it,
    nothing more happens: it is sent, it was given up (`last_error` says why), or there is no server to send it by.
    """

    prefix = "msg"

    organization_id = models.UUIDField(null=True)
    reference = models.TextField(null=True, unique=True)
    sender = models.TextField()
    recipients = models.JSONField()
    subject = models.TextField()
    reply_to = models.TextField(blank=True)
    text = models.TextField()
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list)  # [{"name", "type", "invoice"}]: what is rendered when it is sent
    written_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        db_table = "notices_message"
        constraints = [
            models.CheckConstraint(condition=models.Q(sent_at=None) | models.Q(due_at=None), name="message_sent_once")
        ]
        indexes = [
            models.Index(fields=["-written_at", "-id"], name="message_newest"),
            models.Index(fields=["due_at"], name="message_due", condition=models.Q(due_at__isnull=False)),
        ]

    def mark_sent(self, *, at: datetime) -> None:
        """Record that the mail server took it."""
        self.sent_at, self.due_at, self.last_error = at, None, ""
        self.save(update_fields=["sent_at", "due_at", "last_error"])

    def mark_failed(self, *, error: str, again_at: datetime | None) -> None:
        """Record why it was not sent, and when it is tried again; never, without `again_at`."""
        self.due_at, self.last_error = again_at, error
        self.save(update_fields=["due_at", "last_error"])
