"""
Collection: paying the renewals of products that renew themselves, with the profile that was chosen for them.

Attempts follow the published timeline. Each is written down with what came of it, so that "why was this not renewed?"
has an answer. Source: SPEC 5.4, docs/decisions/0032-collecting-renewals.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Sum
from django.utils.functional import Promise as LazyText
from django.utils.translation import gettext_lazy as _

from plancia.billing import settlement
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import clock, ids, transaction
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

_SENTENCES: dict[str, str | LazyText] = {
    Outcome.STARTED: _("The payment is under way."),
    Outcome.PAID: _("It was paid."),
    Outcome.NO_FUNDS: _("The prepaid account did not have enough."),
    Outcome.NO_PROFILE: _("The payment method that was chosen is not saved any more."),
    Outcome.NO_GATEWAY: _("The payment method could not be reached."),
    Outcome.FAILED: _("The card company or the bank declined the payment."),
}


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt to collect a renewal. `next_at` is when it is tried again, where it is."""

    tried_at: datetime
    sentence: str | LazyText
    is_failed: bool
    next_at: datetime | None


def collect_due(*, at: datetime) -> int:
    """
    Collect the renewals of self-renewing products whose time has come; return how many were paid or are being paid.

    An account that does not cover an invoice pays nothing of it. It is tried again on schedule, and from the prepaid
    account whenever money is there. An invoice that also bills a product which does not renew itself any more is left
    to its customer.
    """
    first = max(line.collect for line in all_timelines())
    due = (
        Term.objects.filter(
            paid_at=None, withdrawn_at=None, subscription__is_renewing=True, starts_at__lte=at + clock.days(first)
        )
        .exclude(invoice="")
        .order_by("organization_id", "invoice")
        .values_list("organization_id", "invoice")
        .distinct()
    )
    return sum(collect(organization_id, invoice, at=at) for organization_id, invoice in list(due))


@transaction.atomic
def collect(organization_id: UUID, public_id: str, *, at: datetime) -> bool:
    """Collect one invoice of renewals, if an attempt is due; say whether it is paid or being paid by it."""
    key = ids.parse(Invoice.prefix, public_id)
    if key is None:
        raise ValueError(f"{public_id} is no invoice")
    invoice = settlement.lock(key)
    terms = Term.objects.filter(invoice=public_id, paid_at=None, withdrawn_at=None)
    if invoice.state != InvoiceState.OPEN or terms.filter(subscription__is_renewing=False).exists():
        return False
    said = terms.order_by("starts_at", "pk").values_list("starts_at", "subscription__profile").first()
    if said is None:
        return False
    end, profile_id = said
    schedule = timeline(invoice.organization).attempts(end)
    number = sum(when <= at for when in schedule)
    last = Attempt.objects.filter(invoice=public_id).order_by("-number").first()
    if not number or not _may_try(last, number):
        return False
    owed = _owed(invoice)
    if not owed.is_positive:
        return False
    outcome, payment = _try(invoice, owed, profile_id, at=at)
    if outcome is None:
        return False
    next_at = next((when for when in schedule if when > at), None)
    _write_down(invoice, last, number, outcome, profile_id, payment, next_at=next_at, at=at)
    return outcome in (Outcome.PAID, Outcome.STARTED)


@transaction.atomic
def record(*, payment: str, outcome: Outcome, code: str = "", at: datetime) -> bool:
    """Note what a gateway told of an attempt, once; say whether the payment was one."""
    attempt: Attempt | None = Attempt.objects.locked().filter(payment=payment, outcome=Outcome.STARTED).first()
    if attempt is None:
        return False
    attempt.settle(outcome, code=code)
    if outcome is Outcome.FAILED:
        _tell_failed(attempt, at=at)
    return True


def attempts(subscription_id: UUID) -> list[AttemptRow]:
    """Return the last attempts to collect renewals of a product, the newest first: why was it not renewed?"""
    invoices = Term.objects.filter(subscription=subscription_id).exclude(invoice="").values("invoice")
    found = Attempt.objects.filter(invoice__in=invoices).order_by("-tried_at", "-pk")[:10]
    return [
        AttemptRow(
            one.tried_at,
            _SENTENCES[one.outcome],
            one.outcome not in (Outcome.PAID, Outcome.STARTED),
            one.next_at if one.outcome not in (Outcome.PAID, Outcome.STARTED) else None,
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
    if last.outcome in (Outcome.PAID, Outcome.STARTED):
        return False
    # Looking into the prepaid account costs nothing and troubles nobody.
    return last.number < number or last.outcome == Outcome.NO_FUNDS


def _owed(invoice: Invoice) -> Money:
    # What was received counts even where the fact that settles the invoice is still on its way.
    received = Payment.objects.filter(
        organization_id=invoice.organization_id, purpose=invoice.public_id, state=PaymentState.SUCCEEDED
    ).aggregate(sum=Sum("amount_minor"))["sum"]
    credited = invoice.settlements.filter(kind="credit").aggregate(sum=Sum("amount_minor"))["sum"]
    return invoice.total - Money((received or 0) + (credited or 0), invoice.currency)


def _try(
    invoice: Invoice, owed: Money, profile_id: UUID | None, *, at: datetime
) -> tuple[Outcome | None, Payment | None]:
    try:
        with transaction.atomic():
            payment = collecting.collect(
                organization_id=invoice.organization_id,
                purpose=invoice.public_id,
                amount=owed,
                profile_id=profile_id,
                actor=SYSTEM,
                at=at,
            )
    except InsufficientFunds:
        return Outcome.NO_FUNDS, None
    except NoSuchProfile:
        return Outcome.NO_PROFILE, None
    except NoSuchGateway:
        return Outcome.NO_GATEWAY, None
    except AlreadyCharged:
        return None, None
    return (Outcome.PAID if payment.state == PaymentState.SUCCEEDED else Outcome.STARTED), payment


def _write_down(
    invoice: Invoice,
    last: Attempt | None,
    number: int,
    outcome: Outcome,
    profile_id: UUID | None,
    payment: Payment | None,
    *,
    next_at: datetime | None,
    at: datetime,
) -> None:
    if last is not None and last.number == number:
        # Another look into the prepaid account between two attempts; only that money was found is news.
        if outcome is Outcome.PAID and payment:
            last.pay(payment.public_id, at=at)
        return
    attempt = Attempt.objects.create(
        organization_id=invoice.organization_id,
        invoice=invoice.public_id,
        number=number,
        profile_id=profile_id,
        payment=payment.public_id if payment else "",
        outcome=outcome,
        tried_at=at,
        next_at=next_at,
    )
    if outcome not in (Outcome.PAID, Outcome.STARTED):
        _tell_failed(attempt, at=at)


def _tell_failed(attempt: Attempt, *, at: datetime) -> None:
    facts.publish(
        events.RenewalNotCollected(
            organization_id=attempt.organization_id,
            happened_at=at,
            invoice=attempt.invoice,
            number=attempt.number,
            outcome=str(attempt.outcome),
            next_at=attempt.next_at,
        )
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
