"""
Simulation: what would happen, without any of it happening.

A transaction lives through the days with the real use cases and is rolled back at its end: what is told is what would
be done, by construction. Source: docs/decisions/0035-what-would-happen.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from plancia.billing import settlement as billing_settlement
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceKind, InvoiceState
from plancia.kernel import batches, clock, transaction
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState
from plancia.subscriptions import collection, dunning, plan_change, renewal, settlement, suspension
from plancia.subscriptions.models import Attempt, Reminder, Subscription, Term
from plancia.subscriptions.states import SubscriptionState

#: Nobody waits for the simulation of more.
MOST_DAYS = 800
MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that would happen. `subject` names the product, or the invoice, that it happens to."""

    at: datetime
    organization: str
    what: str | LazyText
    subject: str
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Night:
    """What one run would do to everybody. Units: sums by currency; `rows` are the first of all."""

    offered: int
    invoices: int
    billed: list[Money]
    collected: int
    taken: list[Money]
    reminded: int
    moved: dict[str, int]
    rows: list[Happening]


class _Undone(Exception):
    pass


def tonight(*, at: datetime) -> Night:
    """Return what the run of a night would do to all organizations, at `at`; nothing is written."""
    with _undone():
        return _night(at=at)
    raise AssertionError("unreachable")


def live_through(organization: Organization, *, since: datetime, until: datetime) -> list[Happening]:
    """
    Return what would happen to one organization from day to day, if its clock were moved; nothing is written.

    A card that would be charged is told; what it would answer, nobody knows.

    Units: a run each day, at the hour of `since`.
    """
    found: list[Happening] = []
    with _undone():
        at, days = since, 0
        while at <= until and days < MOST_DAYS and len(found) < MOST_ROWS:
            found += _day(organization, at=at)
            at, days = at + clock.days(1), days + 1
    return found


@contextmanager
def _undone() -> Iterator[None]:
    try:
        with transaction.atomic(), facts.told_by_caller():
            yield
            raise _Undone
    except _Undone:
        pass


def _night(*, at: datetime) -> Night:
    wanted = renewal.due(at=at)
    offered: list[Term] = []
    for batch in batches.share(wanted):
        offered += renewal.offer(subscription_ids=batch, at=at)
    billed = [term for term in offered if term.invoice]
    rows = [Happening(at, "", _("Renewal offered"), term.subscription.name, term.net) for term in billed[:MOST_ROWS]]
    before = set(Attempt.objects.filter(tried_at=at).values_list("pk", flat=True))
    collection.collect_due(at=at)
    tried = Attempt.objects.filter(tried_at=at).exclude(pk__in=before)
    made = Payment.objects.filter(started_at=at, purpose__in=tried.values("invoice"))
    payments = list(made.values_list("amount_minor", "currency"))
    # An invoice is known by the first of the products that it renews.
    named = [
        (payment.amount_minor, payment.currency, names[0])
        for payment in made.order_by("pk")[:MOST_ROWS]
        if (names := _names(payment.purpose))
    ]
    rows += [Happening(at, "", _("Collected"), name, Money(minor, currency)) for minor, currency, name in named]
    dunning.remind_due(at=at)
    reminded = Reminder.objects.filter(reminded_at=at).values("invoice").distinct().count()
    states = dict(Subscription.objects.exclude(state=SubscriptionState.TERMINATED).values_list("pk", "state"))
    suspension.enforce(at=at)
    moved: dict[str, int] = {}
    for one in Subscription.objects.filter(pk__in=list(states)).only("state", "name").iterator():
        if one.state != states[one.pk]:
            moved[one.state] = moved.get(one.state, 0) + 1
            rows.append(Happening(at, "", SENTENCES[one.state], one.name))
    return Night(
        offered=len(offered),
        invoices=len({term.invoice for term in billed}),
        billed=_sums([(term.net_minor, term.currency) for term in billed]),
        collected=len(payments),
        taken=_sums(payments),
        reminded=reminded,
        moved=moved,
        rows=rows[:MOST_ROWS],
    )


def _names(invoice: str) -> list[str]:
    terms = Term.objects.filter(invoice=invoice).order_by("starts_at", "pk")
    return list(terms.values_list("subscription__name", flat=True)[:1])


def _day(organization: Organization, *, at: datetime) -> list[Happening]:
    found: list[Happening] = []
    keys = [key for key, owner in renewal.due(at=at, organization_id=organization.pk)]
    for term in renewal.offer(subscription_ids=keys, at=at) if keys else []:
        found.append(Happening(at, organization.name, _("Renewal offered"), term.subscription.name, term.net))
    open_ = Invoice.objects.filter(organization=organization, state=InvoiceState.OPEN, kind=InvoiceKind.INVOICE)
    for invoice in open_.order_by("pk"):
        if collection.collect(invoice.public_id, at=at):
            found.append(Happening(at, organization.name, _("Collected"), invoice.number, _pay(invoice, at=at)))
    plan_change.apply_due(at=at)
    if reminded := dunning.remind([invoice.pk for invoice in open_], at=at):
        found.append(Happening(at, organization.name, _("Reminders"), str(reminded)))
    mine = Subscription.objects.filter(organization=organization).exclude(state=SubscriptionState.TERMINATED)
    before: dict[UUID, str] = dict(mine.values_list("pk", "state"))
    suspension.enforce(at=at, organization_id=organization.pk)
    for one in Subscription.objects.filter(pk__in=list(before)).order_by("pk"):
        if one.state != before[one.pk]:
            found.append(Happening(at, organization.name, SENTENCES[one.state], one.name))
    return found


def _pay(invoice: Invoice, *, at: datetime) -> Money:
    """What the facts would do afterwards: the payment settles the invoice, and its terms begin."""
    payment = Payment.objects.filter(purpose=invoice.public_id).order_by("-pk")[0]
    if payment.state == PaymentState.SUCCEEDED:
        billing_settlement.receive(invoice_id=invoice.pk, payment=payment.public_id, amount=payment.amount, at=at)
        settlement.record_paid(invoice=invoice.public_id, at=at)
    return payment.amount


def _sums(amounts: Sequence[tuple[int, str]]) -> list[Money]:
    currencies = sorted({currency for _minor, currency in amounts})
    return [Money(sum(minor for minor, one in amounts if one == currency), currency) for currency in currencies]


SENTENCES: dict[str, str | LazyText] = {
    SubscriptionState.ACTIVE: _("Active again"),
    SubscriptionState.RESTRICTED: _("Restricted"),
    SubscriptionState.SUSPENDED: _("Suspended"),
    SubscriptionState.TERMINATED: _("Terminated"),
}
