"""Products, their terms, and what is wished of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import models

from plancia.kernel import columns
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.kernel.rows import Row
from plancia.subscriptions.states import (
    SUBSCRIPTION_MOVES,
    Reason,
    SubscriptionState,
)

_MOVED = {
    "id": "uuid",
    "state": "text",
    "reason": "text",
    "is_renewing": "boolean",
    "activated_at": "timestamptz",
    "terminated_at": "timestamptz",
}


class Subscription(Row):
    """
    A product that an organization holds; the customer says *product*.

    It is paid until `paid_until`; terms are counted in months from `anchor_at`.
    """

    prefix = "sub"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    plan = models.ForeignKey("catalog.Plan", on_delete=models.PROTECT)
    price = models.ForeignKey("catalog.Price", on_delete=models.PROTECT)
    product_type = models.SlugField()  # the code of its type, so that lists and rights need no join
    name = models.CharField(max_length=253)
    quantity = models.IntegerField(default=1)
    choices = models.JSONField(default=dict)  # what the customer chose: a domain, a size
    months = models.IntegerField()
    currency = models.CharField(max_length=3)
    state = models.TextField(default="pending")
    reason = models.TextField(blank=True)
    is_renewing = models.BooleanField(default=False)
    # What pays when it renews itself; the organization's default where none is named.
    profile = models.ForeignKey("payments.Profile", null=True, on_delete=models.PROTECT)
    anchor_at = models.DateTimeField(null=True)
    paid_until = models.DateTimeField(null=True)
    ordered_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    terminated_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "subscriptions_subscription"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "active", "restricted", "suspended", "terminated"]),
                name="subscription_state",
            ),
            models.CheckConstraint(
                condition=models.Q(state="terminated", terminated_at__isnull=False)
                | (~models.Q(state="terminated") & models.Q(terminated_at=None)),
                name="subscription_terminated_at",
            ),
            models.CheckConstraint(
                condition=models.Q(quantity__gte=1, quantity__lte=10_000), name="subscription_quantity"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "product_type", "name"], name="subscription_type"),
            models.Index(fields=["organization", "paid_until"], name="subscription_organization_due"),
            models.Index(fields=["paid_until"], name="subscription_due", condition=~models.Q(state="terminated")),
        ]

    @property
    def has_ended(self) -> bool:
        return self.state == SubscriptionState.TERMINATED

    def activate(self, *, at: datetime) -> None:
        """Record that the service runs. The caller saves, as for all moves: it may have many (`save_moved`)."""
        self._move(SubscriptionState.ACTIVE, Reason.NONE)
        self.activated_at = self.activated_at or at

    def restrict(self, *, reason: Reason) -> None:
        """Record that the service runs with limits."""
        self._move(SubscriptionState.RESTRICTED, reason)

    def suspend(self, *, reason: Reason) -> None:
        """Record that the service stands still; its data are kept."""
        self._move(SubscriptionState.SUSPENDED, reason)

    def terminate(self, *, reason: Reason, at: datetime) -> None:
        """Record that the service has ended."""
        self._move(SubscriptionState.TERMINATED, reason)
        self.terminated_at, self.is_renewing = at, False

    @classmethod
    def save_moved(cls, moved: Sequence[Subscription]) -> None:
        """Save products that have moved to another state, in one statement."""
        columns.update(cls._meta.db_table, _MOVED, [[getattr(one, name) for name in _MOVED] for one in moved])

    def advance(self, term: Term) -> None:
        """
        Record that `term` is paid, and that it goes on at its frequency and price. The caller saves: it has many.

        Another plan or quantity takes effect when the term begins.
        """
        self.anchor_at = self.anchor_at or term.starts_at
        self.paid_until = term.ends_at
        if (self.plan_id, self.quantity) == (term.plan_id, term.quantity):
            self.price_id = term.price_id
            self.months = term.months

    #: What `advance` changes.
    ADVANCED = ("anchor_at", "paid_until", "price", "months")

    def _move(self, wanted: SubscriptionState, reason: Reason) -> None:
        self.state = SUBSCRIPTION_MOVES.require(SubscriptionState(self.state), wanted)
        self.reason = reason


class Discount(Row):
    """
    What is taken off the first `terms` terms of a product, while it keeps the plan and the frequency it was given for.

    Units: `percent` of the net price, or `amount_minor` for the whole term; `most_minor` is the limit of all terms.
    """

    prefix = "dsc"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    subscription = models.OneToOneField(Subscription, on_delete=models.PROTECT, related_name="discount")
    plan = models.ForeignKey("catalog.Plan", on_delete=models.PROTECT)
    months = models.IntegerField()
    terms = models.IntegerField()
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    amount_minor = models.BigIntegerField(null=True)
    most_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    code = models.TextField(blank=True)  # the promo code as it is printed; empty for a complimentary offer
    source = models.TextField()  # the public id of what promised it
    given_at = models.DateTimeField()

    class Meta:
        db_table = "subscriptions_discount"
        constraints = [
            models.CheckConstraint(condition=models.Q(terms__gte=1), name="discount_terms"),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100, amount_minor=None)
                | models.Q(percent=None, amount_minor__gte=0),
                name="discount_one_kind",
            ),
        ]


class Term(Row):
    """
    A stretch of a product that is offered for payment or paid. Unique by its start: nothing is billed twice.

    Units: `net_minor` is what is billed, `discount_minor` what was taken off before.
    """

    prefix = "trm"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="terms")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    plan = models.ForeignKey("catalog.Plan", on_delete=models.PROTECT)
    quantity = models.IntegerField()
    months = models.IntegerField()
    price = models.ForeignKey("catalog.Price", on_delete=models.PROTECT)
    net_minor = models.BigIntegerField()
    discount = models.ForeignKey(Discount, null=True, on_delete=models.PROTECT, related_name="discounted_terms")
    discount_minor = models.BigIntegerField(default=0, db_default=0)
    currency = models.CharField(max_length=3)
    invoice = models.TextField(blank=True)  # the public id of the invoice that bills it
    offered_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    # A paid term that ended early, as its product went on at other conditions: what of its net was given back.
    cut_at = models.DateTimeField(null=True)
    credited_minor = models.BigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "subscriptions_term"
        constraints = [
            models.UniqueConstraint(
                fields=["subscription", "starts_at"], name="term_once", condition=models.Q(withdrawn_at=None)
            ),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="term_forwards"),
            models.CheckConstraint(
                condition=models.Q(credited_minor=0)
                | models.Q(cut_at__isnull=False, credited_minor__gt=0, credited_minor__lte=models.F("net_minor")),
                name="term_credited",
            ),
            models.CheckConstraint(
                condition=models.Q(discount=None, discount_minor=0)
                | models.Q(discount__isnull=False, discount_minor__gte=0),
                name="term_discount",
            ),
        ]
        indexes = [
            models.Index(fields=["invoice"], name="term_of_invoice"),
            models.Index(fields=["starts_at"], name="term_open", condition=models.Q(paid_at=None, withdrawn_at=None)),
        ]

    @property
    def period(self) -> Period:
        return Period(self.starts_at, self.ends_at)

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    def hand_over(self, *, at: datetime) -> None:
        """Record that the rest of a paid term went to another organization with the product; nothing was given back."""
        self.cut_at = at
        if at > self.starts_at:
            self.ends_at = at
        else:
            self.withdrawn_at = at
        self.save(update_fields=["cut_at", "ends_at", "withdrawn_at"])

    def cut(self, *, at: datetime, credited: Money) -> None:
        """Record that a paid term ended early, and what was given back; one that had not begun is taken back whole."""
        self.cut_at, self.credited_minor = at, credited.minor
        if at > self.starts_at:
            self.ends_at = at
        else:
            self.withdrawn_at = at
        self.save(update_fields=["cut_at", "credited_minor", "ends_at", "withdrawn_at"])


class Change(Row):
    """The wish for other conditions from `effective_at`: in effect (`applied_at`), taken back, or waiting."""

    prefix = "chg"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="changes")
    plan = models.ForeignKey("catalog.Plan", on_delete=models.PROTECT)
    months = models.IntegerField()
    quantity = models.IntegerField()
    filed_by = models.TextField()
    filed_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "subscriptions_change"
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                name="change_one_waiting",
                condition=models.Q(applied_at=None, withdrawn_at=None),
            ),
            models.CheckConstraint(condition=models.Q(quantity__gte=1, quantity__lte=10_000), name="change_quantity"),
        ]
        indexes = [
            models.Index(
                fields=["effective_at"],
                name="change_waiting",
                condition=models.Q(applied_at=None, withdrawn_at=None),
            )
        ]

    def apply(self, *, at: datetime) -> None:
        """Record that it is in effect."""
        self.applied_at = at
        self.save(update_fields=["applied_at"])


class Cancellation(Row):
    """The wish to end a product at `effective_at`: done (`ended_at`), taken back (`withdrawn_at`), or waiting."""

    prefix = "can"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="cancellations")
    reason = models.TextField(blank=True)
    filed_by = models.TextField()
    filed_at = models.DateTimeField()
    effective_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "subscriptions_cancellation"
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"],
                name="cancellation_one_waiting",
                condition=models.Q(ended_at=None, withdrawn_at=None),
            ),
        ]
        indexes = [
            models.Index(
                fields=["effective_at"],
                name="cancellation_waiting",
                condition=models.Q(ended_at=None, withdrawn_at=None),
            )
        ]
