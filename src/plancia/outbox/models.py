from __future__ import annotations

from django.db import models

from plancia.kernel.rows import Row


class Fact(Row):
    """Something that happened, written in the transaction that made it happen."""

    prefix = "fact"

    organization_id = models.UUIDField(null=True)
    name = models.TextField()
    payload = models.JSONField()
    happened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "outbox_fact"
        indexes = [
            models.Index(fields=["organization_id", "happened_at"], name="fact_organization"),
            models.Index(fields=["happened_at"], name="fact_untold", condition=models.Q(told_at=None)),
        ]


class Telling(Row):
    """One handler has been told one fact: the row that makes telling it twice harmless."""

    prefix = "tell"

    fact = models.ForeignKey(Fact, on_delete=models.CASCADE, related_name="tellings")
    handler = models.TextField()
    told_at = models.DateTimeField()

    class Meta:
        db_table = "outbox_telling"
        constraints = [models.UniqueConstraint(fields=["fact", "handler"], name="told_once")]
