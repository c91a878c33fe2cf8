"""How renewals are paid, and what was tried and said while they are not."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from plancia.kernel.rows import Row


class Attempt(Row):
    """An attempt to collect an invoice of renewals, and what came of it. One for each step of the schedule."""

    prefix = "att"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    invoice = models.TextField()  # its public id
    number = models.IntegerField()
    profile = models.ForeignKey("payments.Profile", null=True, on_delete=models.PROTECT)
    payment = models.TextField(blank=True)  # its public id, where there is one
    outcome = models.TextField()  # states.Outcome
    code = models.TextField(blank=True)  # why a gateway declined
    tried_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)  # when it is tried again, if it failed

    class Meta:
        db_table = "subscriptions_attempt"
        constraints = [
            models.UniqueConstraint(fields=["invoice", "number"], name="attempt_once"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["started", "paid", "no_funds", "no_profile", "no_gateway", "failed"]),
                name="attempt_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-tried_at"], name="attempt_newest"),
            models.Index(fields=["payment"], name="attempt_payment", condition=~models.Q(payment="")),
        ]

    def settle(self, outcome: str, *, code: str = "") -> None:
        """Record what a gateway told of it."""
        self.outcome, self.code = outcome, code
        self.save(update_fields=["outcome", "code"])

    def pay(self, payment: str, *, at: datetime) -> None:
        """Record that money was found after all."""
        self.outcome, self.payment, self.tried_at = "paid", payment, at
        self.save(update_fields=["outcome", "payment", "tried_at"])


class Reminder(Row):
    """That a customer was reminded of an invoice, by step of the timeline."""

    prefix = "rmd"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    invoice = models.TextField()  # its public id
    step = models.IntegerField()  # days from the day on which it is due
    reminded_at = models.DateTimeField()

    class Meta:
        db_table = "subscriptions_reminder"
        constraints = [models.UniqueConstraint(fields=["invoice", "step"], name="reminded_once")]


class ShortageWarning(Row):
    """That a customer was warned that the prepaid account does not cover an invoice of renewals. Once for each."""

    prefix = "swn"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    invoice = models.TextField(unique=True)  # its public id
    warned_at = models.DateTimeField()

    class Meta:
        db_table = "subscriptions_shortage_warning"


class PaymentPromise(Row):
    """When a customer says that an invoice will be paid: until then nothing follows. Once for each."""

    prefix = "pms"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    invoice = models.TextField(unique=True)  # its public id
    promised_on = models.DateField()
    filed_by = models.TextField()
    filed_at = models.DateTimeField()

    class Meta:
        db_table = "subscriptions_payment_promise"


class RenewalPreference(Row):
    """How an organization wants its renewals billed: together on one invoice, or each by itself."""

    prefix = "rpf"

    organization = models.OneToOneField("organizations.Organization", on_delete=models.PROTECT)
    is_grouping = models.BooleanField(default=True)
    calendar_key = models.TextField(null=True, unique=True)  # the secret in the address of the calendar

    class Meta:
        db_table = "subscriptions_renewal_preference"
