"""
Collection: paying the renewals of products that renew themselves, with the profile that was chosen for them.

Attempts follow the published timeline. Each is written down with what came of it, so that "why was this not renewed?"
has an answer. Source: SPEC 5.4, docs/decisions/0032-collecting-renewals.md
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from plancia.billing import settlement
from plancia.billing.models import Invoice, Settlement
from plancia.billing.states import InvoiceState, SettlementKind
from plancia.kernel import batches, clock, ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger.posting import InsufficientFunds
from plancia.outbox import facts
from plancia.payments.charging import AlreadyCharged
from plancia.payments.gateways import NoSuchGateway
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.payments.states import PaymentState
from plancia.subscriptions import events
from plancia.subscriptions.models import Attempt, Subscription, Term
from plancia.subscriptions.states import Outcome
from plancia.subscriptions.timeline import Timeline, all_timelines, timeline
from plancia.wallet import collecting
from plancia.wallet.collecting import Wanted

_SENTENCES: dict[str, str | LazyText] = {
    Outcome.STARTED: _("The payment is under way."),
    Outcome.PAID: _("It was paid."),
    Outcome.NO_FUNDS: _("The prepaid account did not have enough."),
    Outcome.NO_PROFILE: _("The payment method that was chosen is not saved any more."),
    Outcome.NO_GATEWAY: _("The payment method could not be reached."),
    Outcome.FAILED: _("The card company or the bank declined the payment."),
}

#: Nothing more is to be tried.
_COLLECTED = (Outcome.PAID, Outcome.STARTED)


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt to collect a renewal. `next_at` is when it is tried again, where it is."""

    tried_at: datetime
    sentence: str | LazyText
    is_failed: bool
    next_at: datetime | None


def collect_due(*, at: datetime, progress: batches.Progress | None = None) -> int:
    """
    Collect the renewals of self-renewing products whose time has come; return how many were paid or are being paid.

    An account that does not cover an invoice pays nothing of it. It is tried again on schedule, and from the prepaid
    account whenever money is there. An invoice that also bills a product which does not renew itself any more is left
    to its customer.

    Batches are transactions of their own, and two that run at the same time share them, as `renewal.offer_due` says.
    """
    first = max(line.collect for line in all_timelines())
    due = (
        Term.objects.filter(
            paid_at=None, withdrawn_at=None, subscription__is_renewing=True, starts_at__lte=at + clock.days(first)
        )
        .exclude(invoice="")
        .order_by("organization_id", "invoice")
        .values_list("invoice", "organization_id")
        .distinct()
    )
    return batches.work_off(list(due), lambda batch: _collect(batch, at=at, is_waiting=False), progress)


def collect(public_id: str, *, at: datetime) -> bool:
    """Collect one invoice of renewals, if an attempt is due; say whether it is paid or being paid by it."""
    return _collect([public_id], at=at) > 0


@dataclass(frozen=True, slots=True)
class _Case:
    """An invoice whose time has come: which attempt it is, what pays, and when it is tried again."""

    invoice: Invoice
    last: Attempt | None
    number: int
    next_at: datetime | None
    profile_id: UUID | None
    owed: Money


@transaction.atomic
def _collect(public_ids: Sequence[str], *, at: datetime, is_waiting: bool = True) -> int:
    """Collect a batch: the same few statements for one invoice and for thousands."""
    invoices = _open(public_ids, is_waiting=is_waiting)
    cases = _cases(invoices, at=at)
    wanted = [
        Wanted(case.invoice.organization_id, case.invoice.public_id, case.owed, case.profile_id) for case in cases
    ]
    answers = collecting.collect_all(wanted, actor=SYSTEM, at=at) if wanted else []
    return _write_down(list(zip(cases, answers, strict=True)), at=at)


def _open(public_ids: Sequence[str], *, is_waiting: bool) -> dict[str, Invoice]:
    keys = [ids.parse(Invoice.prefix, public_id) for public_id in public_ids]
    held = settlement.lock_all([key for key in keys if key], is_waiting=is_waiting)
    return {invoice.public_id: invoice for invoice in held if invoice.state == InvoiceState.OPEN}


def _cases(invoices: Mapping[str, Invoice], *, at: datetime) -> list[_Case]:
    names = list(invoices)
    terms: dict[str, list[tuple[datetime, UUID | None, bool]]] = defaultdict(list)
    for name, starts_at, profile, is_renewing in (
        Term.objects.filter(invoice__any_of=names, paid_at=None, withdrawn_at=None)
        .order_by("starts_at", "pk")
        .values_list("invoice", "starts_at", "subscription__profile", "subscription__is_renewing")
    ):
        terms[name].append((starts_at, profile, is_renewing))
    newest = Attempt.objects.filter(invoice__any_of=names).order_by("invoice", "-number").distinct("invoice")
    tried = {attempt.invoice: attempt for attempt in newest}
    paid = _paid(invoices)
    cases = []
    for name, invoice in invoices.items():
        if not terms[name] or not all(is_renewing for *_others, is_renewing in terms[name]):
            continue
        end, profile_id, _is_renewing = terms[name][0]
        schedule = timeline(invoice.organization).attempts(end)
        number = sum(when <= at for when in schedule)
        last = tried.get(name)
        owed = invoice.total - Money(paid[name], invoice.currency)
        if number and _may_try(last, number) and owed.is_positive:
            next_at = next((when for when in schedule if when > at), None)
            cases.append(_Case(invoice, last, number, next_at, profile_id, owed))
    return cases


@transaction.atomic
def record(*, payment: str, outcome: Outcome, code: str = "", at: datetime) -> bool:
    """Note what a gateway told of an attempt, once; say whether the payment was one."""
    attempt: Attempt | None = Attempt.objects.locked().filter(payment=payment, outcome=Outcome.STARTED).first()
    if attempt is None:
        return False
    attempt.settle(outcome, code=code)
    if outcome is Outcome.FAILED:
        facts.publish(_failed(attempt, at=at))
    return True


def attempts(subscription_id: UUID) -> list[AttemptRow]:
    """Return the last attempts to collect renewals of a product, the newest first: why was it not renewed?"""
    invoices = Term.objects.filter(subscription=subscription_id).exclude(invoice="").values("invoice")
    found = Attempt.objects.filter(invoice__in=invoices).order_by("-tried_at", "-pk")[:10]
    return [
        AttemptRow(
            one.tried_at,
            _SENTENCES[one.outcome],
            one.outcome not in _COLLECTED,
            one.next_at if one.outcome not in _COLLECTED else None,
        )
        for one in found
    ]


def next_attempt(subscription: Subscription, days: Timeline, *, at: datetime) -> datetime | None:
    """Return when the renewal of a self-renewing product is collected next; None where it is not tried again."""
    if not subscription.is_renewing or subscription.paid_until is None:
        return None
    schedule = days.attempts(subscription.paid_until)
    # A short term is offered after its first attempts would be due.
    offered_at = subscription.paid_until - days.lead(subscription.months)
    return next((max(when, offered_at) for when in schedule if max(when, offered_at) > at), None)


def _may_try(last: Attempt | None, number: int) -> bool:
    if last is None:
        return True
    if last.outcome in _COLLECTED:
        return False
    # Looking into the prepaid account costs nothing and troubles nobody.
    return last.number < number or last.outcome == Outcome.NO_FUNDS


def _paid(invoices: Mapping[str, Invoice]) -> dict[str, int]:
    """What came for each invoice, in minor units, also where the fact that settles it is still on its way."""
    received = (
        Payment.objects.filter(
            organization__any_of={invoice.organization_id for invoice in invoices.values()},
            purpose__any_of=list(invoices),
            state=PaymentState.SUCCEEDED,
        )
        .values_list("purpose")
        .annotate(Sum("amount_minor"))
    )
    keys = [invoice.pk for invoice in invoices.values()]
    credited = (
        Settlement.objects.filter(invoice__any_of=keys, kind=SettlementKind.CREDIT)
        .values_list("invoice")
        .annotate(Sum("amount_minor"))
    )
    came, given_back = dict(received), dict(credited)
    return {name: came.get(name, 0) + given_back.get(invoice.pk, 0) for name, invoice in invoices.items()}


def _write_down(tried: Sequence[tuple[_Case, Payment | collecting.Refused]], *, at: datetime) -> int:
    """Write down what came of each, tell what failed, and return how many are paid or being paid."""
    written, collected = [], 0
    for case, answer in tried:
        outcome, payment = _outcome(answer), answer.public_id if isinstance(answer, Payment) else ""
        if outcome is None:
            continue
        collected += outcome in _COLLECTED
        if case.last is not None and case.last.number == case.number:
            # Another look into the prepaid account between two attempts; only that money was found is news.
            if outcome is Outcome.PAID:
                case.last.pay(payment, at=at)
            continue
        written.append(
            Attempt(
                organization_id=case.invoice.organization_id,
                invoice=case.invoice.public_id,
                number=case.number,
                profile_id=case.profile_id,
                payment=payment,
                outcome=outcome,
                tried_at=at,
                next_at=case.next_at,
            )
        )
    Attempt.objects.bulk_create(written)
    facts.publish_all([_failed(attempt, at=at) for attempt in written if attempt.outcome not in _COLLECTED])
    return collected


def _outcome(answer: Payment | collecting.Refused) -> Outcome | None:
    match answer:
        case InsufficientFunds():
            return Outcome.NO_FUNDS
        case NoSuchProfile():
            return Outcome.NO_PROFILE
        case NoSuchGateway():
            return Outcome.NO_GATEWAY
        case AlreadyCharged():
            return None
    return Outcome.PAID if answer.state == PaymentState.SUCCEEDED else Outcome.STARTED


def _failed(attempt: Attempt, *, at: datetime) -> events.RenewalNotCollected:
    return events.RenewalNotCollected(
        organization_id=attempt.organization_id,
        happened_at=at,
        invoice=attempt.invoice,
        number=attempt.number,
        outcome=str(attempt.outcome),
        next_at=attempt.next_at,
    )


def sentence(outcome: str) -> str | LazyText:
    """Return in words what came of an attempt."""
    return _SENTENCES[outcome]


def profile_name(subscription: Subscription, *, at: datetime) -> str:
    """Return what pays for a product that renews itself, as people call it."""
    chosen: Profile | None = None
    if subscription.profile_id:
        chosen = Profile.objects.filter(pk=subscription.profile_id, state="active").first()
    chosen = chosen or Profile.objects.filter(organization_id=subscription.organization_id, is_default=True).first()
    return chosen.name if chosen else str(Method.PREPAID.label)
