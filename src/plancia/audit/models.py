from __future__ import annotations

from django.db import models

from plancia.kernel.rows import Row


class Entry(Row):
    """
    Who did what, when, from where. Its place in the chain is a `Link`, which the database makes at commit.

    Of one that is forgotten, as its time was over, the deed and its place are left, and not who and with which words.
    """

    prefix = "aud"

    organization_id = models.UUIDField()
    at = models.DateTimeField()
    actor_kind = models.TextField()
    actor_label = models.TextField()
    actor_user_id = models.UUIDField(null=True)
    ip = models.TextField(blank=True)
    action = models.TextField()
    subject = models.TextField()
    details = models.JSONField(default=dict)
    is_forgotten = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "audit_entry"
        indexes = [models.Index(fields=["organization_id", "at"], name="audit_organization")]


class Link(Row):
    """An entry's place in its organization's chain. `hash` covers the entry and the hash before it."""

    prefix = "lnk"

    organization_id = models.UUIDField()
    sequence = models.BigIntegerField()
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="link")
    hash = models.CharField(max_length=64)

    class Meta:
        db_table = "audit_link"
        constraints = [models.UniqueConstraint(fields=["organization_id", "sequence"], name="audit_sequence_once")]


class Chain(models.Model):
    """The end of one organization's chain: its row is the lock that keeps links in order."""

    organization_id = models.UUIDField(primary_key=True)
    last_sequence = models.BigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, default="")

    class Meta:
        db_table = "audit_chain"
