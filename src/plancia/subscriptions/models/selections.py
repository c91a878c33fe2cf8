"""What customers choose to pay at once."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from plancia.kernel.money import Money
from plancia.kernel.rows import Row
from plancia.subscriptions.states import SELECTION_MOVES, SelectionState


class Selection(Row):
    """
    What a customer chose to pay at once: invoices, and renewals that become an invoice when the money is there.

    `picks` is what was ticked, `lines` what was shown for it; it is carried out if that is still so, or not at all.
    Where it pays for a change of a product, `picks` is the wish, and `lines` the quote (plan_change).
    Units: minor units of `currency`; `prepaid_minor` of the total is to come from the prepaid account.
    """

    prefix = "sel"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    state = models.TextField(default="open")
    idempotency_key = models.UUIDField()
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    picks = models.JSONField()
    lines = models.JSONField()
    total_minor = models.BigIntegerField()
    prepaid_minor = models.BigIntegerField(default=0)
    method = models.TextField(blank=True)  # payments.methods.Method; empty until it is chosen
    payment_reference = models.TextField(unique=True)
    invoices = models.JSONField(default=list)  # the public ids of the invoices that it paid
    placed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "subscriptions_selection"
        constraints = [
            models.UniqueConstraint(fields=["organization", "idempotency_key"], name="selection_once"),
            models.CheckConstraint(condition=models.Q(state__in=["open", "paid", "ended"]), name="selection_state"),
            models.CheckConstraint(
                condition=models.Q(state="paid", paid_at__isnull=False)
                | (~models.Q(state="paid") & models.Q(paid_at=None)),
                name="selection_paid_at",
            ),
            models.CheckConstraint(
                condition=models.Q(state="ended", ended_at__isnull=False)
                | (~models.Q(state="ended") & models.Q(ended_at=None)),
                name="selection_ended_at",
            ),
            models.CheckConstraint(
                condition=models.Q(total_minor__gt=0, prepaid_minor__gte=0, prepaid_minor__lte=models.F("total_minor")),
                name="selection_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-placed_at"], name="selection_newest"),
            models.Index(fields=["expires_at"], name="selection_open", condition=models.Q(state="open")),
        ]

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def is_open(self) -> bool:
        return self.state == SelectionState.OPEN

    @property
    def is_change(self) -> bool:
        """Whether it pays for other conditions of a product, and not for renewals and invoices."""
        return isinstance(self.picks, dict)

    def choose(self, method: str, *, prepaid: Money) -> None:
        """Record how the customer means to pay now, and how much of it from the prepaid account."""
        self.method, self.prepaid_minor = method, prepaid.minor
        self.save(update_fields=["method", "prepaid_minor"])

    def mark_paid(self, *, invoices: list[str], at: datetime) -> None:
        """Record that it was carried out, and which invoices it paid."""
        self.state = SELECTION_MOVES.require(SelectionState(self.state), SelectionState.PAID)
        self.paid_at, self.invoices = at, invoices
        self.save(update_fields=["state", "paid_at", "invoices"])

    def end(self, *, at: datetime) -> None:
        """Record that it will not be carried out any more."""
        self.state = SELECTION_MOVES.require(SelectionState(self.state), SelectionState.ENDED)
        self.ended_at = at
        self.save(update_fields=["state", "ended_at"])


class SelectionPayment(Row):
    """
    What became of a payment for a selection: applied to it, or kept on the prepaid account. Once per payment.

    Units: minor units of `currency`, the payment's; `applied_minor` and `kept_minor` add up to what came.
    """

    prefix = "slp"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    selection = models.ForeignKey(Selection, on_delete=models.PROTECT, related_name="payments")
    payment = models.TextField(unique=True)  # the public id of the payment
    currency = models.CharField(max_length=3)
    applied_minor = models.BigIntegerField()
    kept_minor = models.BigIntegerField()
    judged_at = models.DateTimeField()

    class Meta:
        db_table = "subscriptions_selection_payment"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(applied_minor__gte=0, kept_minor__gte=0), name="selection_payment_not_negative"
            ),
        ]
