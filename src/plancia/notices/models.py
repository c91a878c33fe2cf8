from __future__ import annotations

from django.db import models

from plancia.kernel.rows import Row


class Message(Row):
    """A mail: written down in the transaction that causes it, sent afterwards by the worker."""

    prefix = "msg"

    organization_id = models.UUIDField(null=True)
    sender = models.TextField()
    recipients = models.JSONField()
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField(blank=True)
    attachments = models.JSONField(default=list)  # [{"name", "type", "invoice"}]: what is rendered when it is sent
    written_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        db_table = "notices_message"
        indexes = [models.Index(fields=["-written_at", "-id"], name="message_newest")]
