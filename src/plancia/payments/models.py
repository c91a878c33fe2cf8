from __future__ import annotations

from datetime import datetime

from django.db import models

from plancia.kernel.money import Money
from plancia.kernel.rows import Row
from plancia.payments.states import PAYMENT_MOVES, PaymentState


class Payment(Row):
    """
    Money that a customer sends us, or tries to. `purpose` is the public id of what it pays: an order or an invoice.

    A payment that succeeded was recorded once: `gateway_reference` is unique, and so is its posting.
    """

    prefix = "pay"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    purpose = models.TextField()
    method = models.TextField()  # payments.methods.Method
    gateway = models.TextField(blank=True)
    gateway_reference = models.TextField(null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.TextField(default=PaymentState.PENDING)
    failure_code = models.TextField(blank=True)
    started_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_payment"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "succeeded", "failed", "cancelled"]), name="payment_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state="succeeded", succeeded_at__isnull=False)
                | (~models.Q(state="succeeded") & models.Q(succeeded_at=None)),
                name="payment_succeeded_at",
            ),
            models.UniqueConstraint(fields=["gateway", "gateway_reference"], name="payment_gateway_reference_once"),
        ]
        indexes = [models.Index(fields=["organization", "purpose"], name="payment_purpose")]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    def succeed(self, *, gateway_reference: str | None, at: datetime) -> None:
        """Record that the money came."""
        self.state = PAYMENT_MOVES.require(PaymentState(self.state), PaymentState.SUCCEEDED)
        self.gateway_reference, self.succeeded_at = gateway_reference, at
        self.save(update_fields=["state", "gateway_reference", "succeeded_at"])

    def fail(self, *, code: str, at: datetime) -> None:
        """Record that the money will not come, and why."""
        self.state = PAYMENT_MOVES.require(PaymentState(self.state), PaymentState.FAILED)
        self.failure_code, self.ended_at = code, at
        self.save(update_fields=["state", "failure_code", "ended_at"])

    def cancel(self, *, at: datetime) -> None:
        """Record that nobody waits for the money any more."""
        self.state = PAYMENT_MOVES.require(PaymentState(self.state), PaymentState.CANCELLED)
        self.ended_at = at
        self.save(update_fields=["state", "ended_at"])


class Callback(Row):
    """A call of a gateway, kept as it came. Unique by the gateway's event, so that a second telling is harmless."""

    prefix = "cbk"

    gateway = models.TextField()
    event = models.TextField()
    payload = models.JSONField()
    received_at = models.DateTimeField()
    outcome = models.TextField(blank=True)

    class Meta:
        db_table = "payments_callback"
        constraints = [models.UniqueConstraint(fields=["gateway", "event"], name="callback_once")]
