from __future__ import annotations

from datetime import datetime

from django.db import models

from plancia.kernel.money import Money
from plancia.kernel.rows import Row
from plancia.payments.models import Payment, Profile
from plancia.wallet.states import REFUND_MOVES, RefundState


class TopUp(Row):
    """
    A wish to add money to the prepaid account by a card or a PayPal account. Its payment says what became of it.

    `key` is the customer's: however often she presses the button, it is one wish.
    """

    prefix = "top"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="top_up")
    key = models.UUIDField()
    is_automatic = models.BooleanField(default=False)
    started_at = models.DateTimeField()

    class Meta:
        db_table = "wallet_top_up"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="top_up_positive"),
            models.UniqueConstraint(fields=["organization", "key"], name="top_up_once"),
        ]
        indexes = [models.Index(fields=["organization", "started_at"], name="top_up_organization")]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class AutomaticTopUp(Row):
    """What an organization wishes to be topped up by itself: when, with how much, by what, and how much a month."""

    prefix = "atu"

    organization = models.OneToOneField("organizations.Organization", on_delete=models.PROTECT)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT)
    threshold_minor = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    monthly_cap_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    is_on = models.BooleanField(default=True)
    stopped_code = models.TextField(blank=True)  # why it stopped by itself: the code of the failed payment

    class Meta:
        db_table = "wallet_automatic_top_up"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(threshold_minor__gt=0, amount_minor__gt=0)
                & models.Q(monthly_cap_minor__gte=models.F("amount_minor")),
                name="automatic_top_up_amounts",
            ),
            models.CheckConstraint(
                condition=models.Q(is_on=False) | models.Q(stopped_code=""), name="automatic_top_up_stopped"
            ),
        ]

    @property
    def threshold(self) -> Money:
        return Money(self.threshold_minor, self.currency)

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def monthly_cap(self) -> Money:
        return Money(self.monthly_cap_minor, self.currency)

    def stop(self, *, code: str) -> None:
        """Top up no more until the customer switches it on again."""
        self.is_on, self.stopped_code = False, code
        self.save(update_fields=["is_on", "stopped_code"])


class Refund(Row):
    """Money of a payment that goes back through its gateway, and why. On its way it stands on *refunding*."""

    prefix = "rfd"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField()
    key = models.UUIDField()
    state = models.TextField(default=RefundState.PENDING)
    gateway_reference = models.TextField(blank=True)
    failure_code = models.TextField(blank=True)
    asked_by = models.TextField()
    asked_at = models.DateTimeField()
    ask_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "wallet_refund"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="refund_positive"),
            models.CheckConstraint(condition=models.Q(reason__gt=""), name="refund_reason"),
            models.CheckConstraint(
                condition=models.Q(state="pending", ask_at__isnull=False, ended_at=None)
                | models.Q(state__in=["done", "failed"], ask_at=None, ended_at__isnull=False),
                name="refund_state",
            ),
            models.UniqueConstraint(fields=["organization", "key"], name="refund_once"),
        ]
        indexes = [models.Index(fields=["ask_at"], condition=models.Q(ask_at__isnull=False), name="refund_to_ask")]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    def wait(self, *, reference: str, ask_at: datetime) -> None:
        """Ask the gateway again later: it has begun, and not decided."""
        self.gateway_reference, self.ask_at = reference, ask_at
        self.save(update_fields=["gateway_reference", "ask_at"])

    def end(self, state: RefundState, *, reference: str, at: datetime, code: str = "") -> None:
        """Record that the money went back, or why it did not."""
        self.state = REFUND_MOVES.require(RefundState(self.state), state)
        self.gateway_reference, self.failure_code, self.ended_at, self.ask_at = reference, code, at, None
        self.save(update_fields=["state", "gateway_reference", "failure_code", "ended_at", "ask_at"])
