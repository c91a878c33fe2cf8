from __future__ import annotations

from django.db import models

from plancia.kernel.rows import Row


class Chain(models.Model):
    """The end of one organization's trail: its row is the lock that keeps entries in order."""

    organization_id = models.UUIDField(primary_key=True)
    last_sequence = models.BigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, default="")

    class Meta:
        db_table = "audit_chain"


class Entry(Row):
    """Who did what, when, from where. `hash` covers the entry and the hash before it."""

    prefix = "aud"

    organization_id = models.UUIDField()
    sequence = models.BigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_label = models.TextField()
    actor_user_id = models.UUIDField(null=True)
    ip = models.TextField(blank=True)
    action = models.TextField()
    subject = models.TextField()
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_entry"
        constraints = [models.UniqueConstraint(fields=["organization_id", "sequence"], name="audit_sequence_once")]
