"""
Renewal: offering the next terms for payment, and collecting them.

One product is a batch of one. Nothing is billed twice: the next term starts where the paid time ends, and the database
lets that start exist once. Source: docs/decisions/0011-renewal-terms.md, SPEC 5.4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop

from plancia.billing import credit_notes, issuing, parties, settlement
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.catalog import texts
from plancia.catalog.models import Plan
from plancia.kernel import clock, ids, transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.money import Money
from plancia.kernel.periods import Period, months_between
from plancia.ledger.posting import InsufficientFunds
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState
from plancia.subscriptions import discounts, events, frequencies
from plancia.subscriptions.frequencies import Conditions
from plancia.subscriptions.models import Cancellation, Subscription, Term
from plancia.subscriptions.states import SubscriptionState
from plancia.subscriptions.timeline import timeline
from plancia.wallet import prepaid

#: What an invoice of renewals says it is for.
PURPOSE = "renewal"
#: Products in one transaction: enough to be quick, few enough that the counter of invoice numbers is soon free again.
BATCH = 500
NOT_RENEWED = gettext_noop("The renewal is no longer wanted.")

#: Which products an invoice may share: one organization, one currency, one way of being paid.
_Group = tuple[UUID, str, bool]


def open_terms() -> Exists:
    """Return the condition that the next term of a subscription is offered and unpaid."""
    return Exists(Term.objects.filter(subscription=OuterRef("pk"), paid_at=None, withdrawn_at=None))


def waiting_cancellation() -> Exists:
    """Return the condition that a subscription is given up."""
    return Exists(Cancellation.objects.filter(subscription=OuterRef("pk"), ended_at=None, withdrawn_at=None))


def periods_after(anchor: datetime, end: datetime, *, months: int, count: int) -> list[Period]:
    """Return `count` terms of `months` months that follow the paid time, one after the other."""
    gone = months_between(anchor, end)
    return [Period.term(anchor, after_months=gone + place * months, months=months) for place in range(count)]


def offer_due(*, at: datetime, days_ahead: int | None = None) -> int:
    """
    Offer the next term of every product whose paid time ends soon; return how many were offered.

    Units: `days_ahead` days before the end, else the published timeline; a short term is offered from its middle.
    """
    dates = timeline()
    horizon = at + clock.days(dates.offer if days_ahead is None else days_ahead)
    due = (
        Subscription.objects.filter(paid_until__lte=horizon)
        .exclude(state=SubscriptionState.TERMINATED)
        .filter(~open_terms(), ~waiting_cancellation())
        .order_by("organization_id", "pk")
        .values_list("pk", "organization_id", "paid_until", "months")
    )
    wanted = [(key, owner) for key, owner, end, months in due if end and end <= at + dates.lead(months)]
    return sum(len(offer(subscription_ids=batch, at=at)) for batch in batches(wanted))


@transaction.atomic
def offer(*, subscription_ids: Sequence[UUID], at: datetime) -> list[Term]:
    """
    Offer the next terms of these products, on one invoice for each organization, currency and way of paying.

    A product that has ended, is given up, or has an offer already is passed over: asking twice is asking once. A term
    that costs nothing is begun without an invoice.
    """
    _lock_organizations(subscription_ids)
    held: list[Subscription] = list(
        Subscription.objects.filter(pk__in=subscription_ids)
        .exclude(state=SubscriptionState.TERMINATED)
        .select_related("organization", "plan__product_type", "price")
        .locked()
    )
    # Read after the locks are ours: whoever was here before us has committed.
    busy = set(_busy([subscription.pk for subscription in held]))
    groups: dict[_Group, list[tuple[Subscription, Term]]] = defaultdict(list)
    free = [subscription for subscription in held if subscription.pk not in busy]
    conditions = frequencies.present(free, at=at)
    drafts = [(one, draft(one, conditions[one.pk], _following(one, conditions[one.pk]), at=at)) for one in free]
    discounts.reduce_ahead([term for _, term in drafts], offers={})
    for subscription, term in drafts:
        groups[(subscription.organization_id, subscription.currency, subscription.is_renewing)].append(
            (subscription, term)
        )

    offered: list[Term] = []
    for pairs in groups.values():
        billed = [pair for pair in pairs if pair[1].net_minor > 0]
        if billed:
            _issue(billed, at=at)
        _begin_free([pair for pair in pairs if pair[1].net_minor == 0], at=at)
        offered += [term for _, term in pairs]
    Term.objects.bulk_create(offered)
    return offered


@transaction.atomic
def withdraw(*, subscription_ids: Sequence[UUID], actor: Actor, at: datetime) -> None:
    """
    Take back what is offered to products that are given up or have ended, and offer the rest of those invoices anew.

    An invoice that is paid stays: the fact is on its way. The caller holds the locks (`locked_with_companions`).
    """
    open_ = Term.objects.filter(paid_at=None, withdrawn_at=None).exclude(invoice="")
    invoices = set(open_.filter(subscription__in=subscription_ids).values_list("invoice", flat=True))
    rest: set[UUID] = set()
    for invoice in Invoice.objects.filter(pk__in=_keys(invoices), state=InvoiceState.OPEN).locked():
        terms = open_.filter(invoice=invoice.public_id)
        rest |= set(terms.values_list("subscription_id", flat=True))
        terms.update(withdrawn_at=at)
        credit_notes.credit(invoice_id=invoice.pk, reason=NOT_RENEWED, actor=actor, at=at)
    if rest := rest - set(subscription_ids):
        offer(subscription_ids=sorted(rest), at=at)


@transaction.atomic
def reoffer(*, subscription_ids: Sequence[UUID], actor: Actor, at: datetime) -> None:
    """Offer anew what is offered to these products, at the conditions that hold now. The caller holds the locks."""
    open_ = Term.objects.filter(subscription__in=subscription_ids, paid_at=None, withdrawn_at=None)
    offered = sorted(set(open_.values_list("subscription_id", flat=True)))
    if offered:
        withdraw(subscription_ids=offered, actor=actor, at=at)
        offer(subscription_ids=offered, at=at)


def locked_with_companions(subscription_ids: Sequence[UUID]) -> dict[UUID, Subscription]:
    """Lock products together with those on the same open invoices, in one order, so that nobody waits in a circle."""
    open_ = Term.objects.filter(paid_at=None, withdrawn_at=None).exclude(invoice="")
    shared = open_.filter(subscription__in=subscription_ids).values("invoice")
    companions = open_.filter(invoice__in=shared).values_list("subscription_id", flat=True)
    _lock_organizations(subscription_ids)
    return {
        subscription.pk: subscription
        for subscription in Subscription.objects.filter(pk__in={*subscription_ids, *companions})
        .select_related("plan__product_type")
        .locked()
    }


def collect_due(*, at: datetime) -> int:
    """
    Pay the renewals of self-renewing products from the prepaid account, days before the term ends; return how many.

    An account that does not cover an invoice pays nothing of it; the next run tries again. An invoice that also bills a
    product which does not renew itself any more is left to its customer.

    Source: SPEC 5.4.
    """
    due = (
        Term.objects.filter(
            paid_at=None,
            withdrawn_at=None,
            subscription__is_renewing=True,
            starts_at__lte=at + clock.days(timeline().collect),
        )
        .exclude(invoice="")
        .order_by("organization_id", "invoice")
        .values_list("organization_id", "invoice")
        .distinct()
    )
    return sum(_collect(organization_id, invoice, at=at) for organization_id, invoice in list(due))


def batches(wanted: Iterable[tuple[UUID, UUID]]) -> Iterable[list[UUID]]:
    """Share (product, organization) pairs, sorted by organization, into batches that divide no organization."""
    batch: list[UUID] = []
    last: UUID | None = None
    for key, owner in wanted:
        if len(batch) >= BATCH and owner != last:
            yield batch
            batch = []
        batch.append(key)
        last = owner
    if batch:
        yield batch


def _lock_organizations(subscription_ids: Sequence[UUID]) -> None:
    """Take the organizations first, as whoever issues an invoice does, so that nobody waits in a circle."""
    owners = Subscription.objects.filter(pk__in=subscription_ids).values("organization_id")
    list(Organization.objects.filter(pk__in=owners).locked().values_list("pk"))


def _busy(held: Sequence[UUID]) -> Iterable[UUID]:
    yield from Term.objects.filter(subscription__in=held, paid_at=None, withdrawn_at=None).values_list(
        "subscription_id", flat=True
    )
    yield from Cancellation.objects.filter(subscription__in=held, ended_at=None, withdrawn_at=None).values_list(
        "subscription_id", flat=True
    )


def _following(subscription: Subscription, conditions: Conditions) -> Period:
    anchor, end = subscription.anchor_at, subscription.paid_until
    if anchor is None or end is None:
        raise ValueError(f"{subscription.public_id} has no paid term")
    return periods_after(anchor, end, months=conditions.months, count=1)[0]


def draft(subscription: Subscription, conditions: Conditions, period: Period, *, at: datetime) -> Term:
    """Return a term of a product at these conditions, not written yet."""
    return Term(
        organization_id=subscription.organization_id,
        subscription=subscription,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        plan=conditions.plan,
        quantity=conditions.quantity,
        months=conditions.months,
        price=conditions.price,
        net_minor=conditions.net.minor,
        currency=subscription.currency,
        offered_at=at,
    )


def _issue(pairs: Sequence[tuple[Subscription, Term]], *, at: datetime) -> None:
    organization: Organization = pairs[0][0].organization
    ends = min(term.starts_at for _, term in pairs)
    invoice = issuing.issue(
        organization_id=organization.pk,
        lines=[line(subscription, term, language=organization.language) for subscription, term in pairs],
        purpose=PURPOSE,
        buyer=parties.buyer(organization),
        currency=pairs[0][0].currency,
        language=organization.language,
        due_on=max(timezone.localdate(ends), timezone.localdate(at)),
        at=at,
        actor=SYSTEM,
    )
    for _, term in pairs:
        term.invoice = invoice.public_id
    facts.publish(
        events.RenewalOffered(
            organization_id=organization.pk,
            happened_at=at,
            invoice=invoice.public_id,
            subscriptions=[subscription.public_id for subscription, _ in pairs],
        )
    )


def line(subscription: Subscription, term: Term, *, language: str) -> LineDraft:
    """Return the line that bills a term of a product. Ask with its plan and type selected."""
    what = description(term.plan, subscription.name, language)
    if term.discount:
        what = f"{what} · {discounts.reduction_of(term.discount).words(language)}"
    return LineDraft(
        description=what,
        quantity=term.quantity,
        unit_price=term.price.amount,
        net=term.net,
        subject=subscription.public_id,
        price_id=term.price_id,
        period=term.period,
    )


def description(plan: Plan, name: str, language: str) -> str:
    """Return how a product is called on an invoice. Ask with the plan's type selected."""
    return f"{texts.pick(plan.product_type.names, language)} {texts.pick(plan.names, language)} · {name}"


def _begin_free(pairs: Sequence[tuple[Subscription, Term]], *, at: datetime) -> None:
    for subscription, term in pairs:
        term.paid_at = at
        subscription.advance(term)
    Subscription.objects.bulk_update([subscription for subscription, _ in pairs], Subscription.ADVANCED)


@transaction.atomic
def _collect(organization_id: UUID, public_id: str, *, at: datetime) -> bool:
    key = ids.parse(Invoice.prefix, public_id)
    if key is None:
        raise ValueError(f"{public_id} is no invoice")
    invoice = settlement.lock(key)
    others = Term.objects.filter(invoice=public_id, paid_at=None, withdrawn_at=None, subscription__is_renewing=False)
    if invoice.state != InvoiceState.OPEN or others.exists():
        return False
    # What was received counts even where the fact that settles the invoice is still on its way.
    received = Payment.objects.filter(
        organization_id=organization_id, purpose=public_id, state=PaymentState.SUCCEEDED
    ).aggregate(sum=Sum("amount_minor"))["sum"]
    owed = invoice.total - Money(received or 0, invoice.currency)
    if not owed.is_positive:
        return False
    try:
        with transaction.atomic():
            prepaid.spend(organization_id=organization_id, purpose=public_id, amount=owed, actor=SYSTEM, at=at)
    except InsufficientFunds:
        return False
    return True


def _keys(public_ids: Iterable[str]) -> list[UUID]:
    keys = (ids.parse(Invoice.prefix, public_id) for public_id in public_ids)
    return [key for key in keys if key]
