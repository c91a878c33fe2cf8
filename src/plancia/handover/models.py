from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from plancia.kernel.rows import Key, Row


class Handover(Row):
    """
    Products that one organization offers to another: open, cancelled, accepted, and then done or failed.

    `failure` says why what was accepted could not move any more: somebody cancelled a product in between.
    """

    prefix = "hov"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT, related_name="+")
    subscriptions = models.JSONField()  # keys of the products
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=5)
    offered_by = models.TextField()
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    receiver_id = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    failure = models.TextField(blank=True)

    class Meta:
        db_table = "handover_handover"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, receiver_id=None, accepted_by=None)
                | models.Q(
                    accepted_at__isnull=False, receiver_id__isnull=False, accepted_by__isnull=False, cancelled_at=None
                ),
                name="handover_accepted",
            ),
            models.CheckConstraint(
                condition=models.Q(done_at=None) | models.Q(accepted_at__isnull=False, failure=""), name="handover_done"
            ),
        ]
        indexes = [models.Index(fields=["organization", "-offered_at"], name="handover_newest")]

    @property
    def is_open(self) -> bool:
        """Whether it is neither accepted nor cancelled; it may have expired."""
        return self.accepted_at is None and self.cancelled_at is None

    def mark_cancelled(self, *, at: datetime) -> None:
        """Record that it was taken back."""
        self.cancelled_at = at
        self.save(update_fields=["cancelled_at"])

    def mark_accepted(self, *, receiver_id: Key, user_id: Key, at: datetime) -> None:
        """Record who takes the products, and for which organization."""
        self.accepted_at, self.receiver_id, self.accepted_by_id = at, receiver_id, user_id
        self.save(update_fields=["accepted_at", "receiver_id", "accepted_by"])

    def mark_done(self, *, at: datetime) -> None:
        """Record that the products have moved."""
        self.done_at = at
        self.save(update_fields=["done_at"])

    def mark_failed(self, *, failure: str) -> None:
        """Record why the products could not move."""
        self.failure = failure
        self.save(update_fields=["failure"])
