"""Facts about products."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from plancia.kernel.money import Money
from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionTaken(Event):
    """A product was bought; it is being set up."""

    name: ClassVar[str] = "subscription.taken"
    subscription: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionActivated(Event):
    """A product runs for the first time."""

    name: ClassVar[str] = "subscription.activated"
    subscription: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalOffered(Event):
    """The next terms of one or more products are offered for payment, on one invoice."""

    name: ClassVar[str] = "subscription.renewal_offered"
    invoice: str
    subscriptions: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRenewed(Event):
    """A product is paid for another term."""

    name: ClassVar[str] = "subscription.renewed"
    subscription: str
    paid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRestricted(Event):
    """A product runs with limits, because its renewal is not paid."""

    name: ClassVar[str] = "subscription.restricted"
    subscription: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSuspended(Event):
    """A product stands still, because its renewal is not paid."""

    name: ClassVar[str] = "subscription.suspended"
    subscription: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionResumed(Event):
    """A product that was limited or stood still runs again."""

    name: ClassVar[str] = "subscription.resumed"
    subscription: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionTerminated(Event):
    """A product has ended."""

    name: ClassVar[str] = "subscription.terminated"
    subscription: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationFiled(Event):
    """A product is given up, now or at the end of its term."""

    name: ClassVar[str] = "subscription.cancellation_filed"
    subscription: str
    effective_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionPaymentKept(Event):
    """Money came that does not pay what a customer chose to pay at once: it is kept on the prepaid account."""

    name: ClassVar[str] = "selection.payment_kept"
    selection: str
    payment: str
    kept_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionChanged(Event):
    """A product goes on with another plan, quantity or frequency."""

    name: ClassVar[str] = "subscription.changed"
    subscription: str
    plan: str
    months: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalNotCollected(Event):
    """A renewal was to be paid by itself and was not; `next_at` is when it is tried again, if it is."""

    name: ClassVar[str] = "subscription.renewal_not_collected"
    invoice: str
    number: int
    outcome: str
    next_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceReminded(Event):
    """A customer is reminded of an open invoice: the `number`-th time, `step` days after it was due."""

    name: ClassVar[str] = "invoice.reminded"
    invoice: str
    step: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepaidRunsShort(Event):
    """The prepaid account is to pay renewals from `first_on` on, `planned` in all, and lacks `missing` of it."""

    name: ClassVar[str] = "prepaid.runs_short"
    invoice: str
    planned: Money
    missing: Money
    first_on: date
