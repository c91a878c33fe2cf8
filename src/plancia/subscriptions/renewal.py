"""
Renewal: offering the next terms for payment.

One product is a batch of one. Nothing is billed twice: the next term starts where the paid time ends, and the database
lets that start exist once. Source: docs/decisions/0011-renewal-terms.md, SPEC 5.4.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_noop

from plancia.billing import credit_notes, issuing, parties
from plancia.billing.issuing import InvoiceDraft, LineDraft
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.catalog import texts
from plancia.catalog.models import Plan
from plancia.kernel import batches, clock, columns, ids, transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.periods import Period, months_between
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import discounts, events, frequencies
from plancia.subscriptions import timeline as timelines
from plancia.subscriptions.frequencies import Conditions
from plancia.subscriptions.models import Cancellation, RenewalPreference, Subscription, Term
from plancia.subscriptions.states import SubscriptionState
from plancia.subscriptions.timeline import all_timelines

#: What an invoice of renewals says it is for.
PURPOSE = "renewal"
NOT_RENEWED = gettext_noop("The renewal is no longer wanted.")

#: Which products an invoice may share: one organization, one currency, one way of being paid.
_Group = tuple[UUID, str, bool, UUID | None, UUID | None]
_Pair = tuple[Subscription, Term]


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


def due(*, at: datetime, days_ahead: int | None = None, organization_id: UUID | None = None) -> list[tuple[UUID, UUID]]:
    """
    Return the products whose next term is to be offered, each with its organization, in the order of the work.

    Units: `days_ahead` days before the end, else the published timeline; a short term is offered from its middle.
    """
    horizon = at + clock.days(max(line.offer for line in all_timelines()) if days_ahead is None else days_ahead)
    found = (
        Subscription.objects.filter(paid_until__lte=horizon)
        .exclude(state=SubscriptionState.TERMINATED)
        .filter(~open_terms(), ~waiting_cancellation())
        .order_by("organization_id", "pk")
        .values_list("pk", "organization_id", "paid_until", "months", "organization__country", "organization__kind")
    )
    if organization_id:
        found = found.filter(organization_id=organization_id)
    return [
        (key, owner)
        for key, owner, end, months, country, kind in found.iterator(chunk_size=5_000)
        if end and end <= at + timelines.of(country, kind).lead(months)
    ]


def offer_due(*, at: datetime, days_ahead: int | None = None, progress: batches.Progress | None = None) -> int:
    """
    Offer the next term of every product whose paid time ends soon; return how many were offered.

    Batches are transactions of their own: whoever is killed leaves the rest to the next run, and two that run at the
    same time share the work, as each passes over the organizations that the other has.
    """
    wanted = due(at=at, days_ahead=days_ahead)
    return batches.work_off(wanted, lambda batch: len(offer(subscription_ids=batch, at=at, is_waiting=False)), progress)


@transaction.atomic
def offer(*, subscription_ids: Sequence[UUID], at: datetime, is_waiting: bool = True) -> list[Term]:
    """
    Offer the next terms of these products, on one invoice for each organization, currency and way of paying.

    A product that has ended, is given up, or has an offer already is passed over: asking twice is asking once. A term
    that costs nothing is begun without an invoice. An organization may want an invoice for each product.
    Where it is not to wait, organizations that somebody else works on are passed over too.
    """
    organizations = _lock_organizations(subscription_ids, is_waiting=is_waiting)
    held: list[Subscription] = list(
        Subscription.objects.filter(pk__any_of=subscription_ids, organization__any_of=list(organizations))
        .exclude(state=SubscriptionState.TERMINATED)
        .defer("choices", "ordered_at", "activated_at", "terminated_at")
        # Not joined: thousands of products share a few plans and prices, which are then read once.
        .prefetch_related("plan__product_type", "price")
        .locked()
    )
    # Read after the locks are ours: whoever was here before us has committed.
    busy = set(_busy([subscription.pk for subscription in held]))
    free = [subscription for subscription in held if subscription.pk not in busy]
    conditions = frequencies.present(free, at=at)
    drafts = [(one, draft(one, conditions[one.pk], _following(one, conditions[one.pk]), at=at)) for one in free]
    discounts.reduce_ahead([term for _, term in drafts], offers={})
    single = set(
        RenewalPreference.objects.filter(organization__any_of=list(organizations), is_grouping=False).values_list(
            "organization_id", flat=True
        )
    )
    groups: dict[_Group, list[_Pair]] = defaultdict(list)
    for subscription, term in drafts:
        if term.net_minor > 0:
            owner = subscription.organization_id
            own = subscription.pk if owner in single else None
            payer = subscription.profile_id if subscription.is_renewing else None
            groups[(owner, subscription.currency, subscription.is_renewing, payer, own)].append((subscription, term))
    _issue_all(list(groups.values()), organizations, at=at)
    _begin_free([pair for pair in drafts if pair[1].net_minor == 0], at=at)
    _write_terms([term for _, term in drafts])
    return [term for _, term in drafts]


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


def _lock_organizations(subscription_ids: Sequence[UUID], *, is_waiting: bool = True) -> dict[UUID, Organization]:
    """Take the organizations first, as whoever issues an invoice does, so that nobody waits in a circle."""
    owners = Subscription.objects.filter(pk__any_of=subscription_ids).values("organization_id")
    wanted = Organization.objects.filter(pk__in=owners).order_by("pk")
    held = wanted.select_for_update(of=("self",), no_key=True, skip_locked=not is_waiting)
    return {organization.pk: organization for organization in held}


def _busy(held: Sequence[UUID]) -> Iterable[UUID]:
    yield from Term.objects.filter(subscription__any_of=held, paid_at=None, withdrawn_at=None).values_list(
        "subscription_id", flat=True
    )
    yield from Cancellation.objects.filter(subscription__any_of=held, ended_at=None, withdrawn_at=None).values_list(
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


def _issue_all(groups: Sequence[Sequence[_Pair]], organizations: Mapping[UUID, Organization], *, at: datetime) -> None:
    """Issue an invoice for each group: the same few statements for one and for hundreds."""
    drafts = []
    for pairs in groups:
        organization = organizations[pairs[0][0].organization_id]
        ends = min(term.starts_at for _, term in pairs)
        drafts.append(
            InvoiceDraft(
                organization_id=organization.pk,
                lines=[line(subscription, term, language=organization.language) for subscription, term in pairs],
                purpose=PURPOSE,
                buyer=parties.buyer(organization),
                currency=pairs[0][0].currency,
                language=organization.language,
                due_on=max(timezone.localdate(ends), timezone.localdate(at)),
            )
        )
    if not drafts:
        return
    invoices = issuing.issue_all(drafts, at=at, actor=SYSTEM)
    for pairs, invoice in zip(groups, invoices, strict=True):
        for _, term in pairs:
            term.invoice = invoice.public_id
    facts.publish_all(
        [
            events.RenewalOffered(
                organization_id=invoice.organization_id,
                happened_at=at,
                invoice=invoice.public_id,
                subscriptions=[subscription.public_id for subscription, _ in pairs],
            )
            for pairs, invoice in zip(groups, invoices, strict=True)
        ]
    )


_TERM = {
    "id": "uuid",
    "organization_id": "uuid",
    "subscription_id": "uuid",
    "plan_id": "uuid",
    "price_id": "uuid",
    "discount_id": "uuid",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
    "quantity": "integer",
    "months": "integer",
    "net_minor": "bigint",
    "discount_minor": "bigint",
    "currency": "text",
    "invoice": "text",
    "offered_at": "timestamptz",
    "paid_at": "timestamptz",
}


def _write_terms(terms: Sequence[Term]) -> None:
    columns.insert(Term._meta.db_table, _TERM, [[getattr(term, name) for name in _TERM] for term in terms])
    for term in terms:
        term._state.adding, term._state.db = False, transaction.alias()


def line(subscription: Subscription, term: Term, *, language: str) -> LineDraft:
    """Return the line that bills a term of a product. Ask with its plan and type selected."""
    what = description(term.plan, subscription.name, language)
    return LineDraft(
        description=what,
        quantity=term.quantity,
        unit_price=term.price.amount,
        net=term.net,
        subject=subscription.public_id,
        price_id=term.price_id,
        period=term.period,
        discount_reason=discounts.reduction_of(term.discount).words(language) if term.discount else "",
    )


def description(plan: Plan, name: str, language: str) -> str:
    """Return how a product is called on an invoice. Ask with the plan's type selected."""
    return f"{texts.pick(plan.product_type.names, language)} {texts.pick(plan.names, language)} · {name}"


def _begin_free(pairs: Sequence[tuple[Subscription, Term]], *, at: datetime) -> None:
    for subscription, term in pairs:
        term.paid_at = at
        subscription.advance(term)
    Subscription.objects.bulk_update([subscription for subscription, _ in pairs], Subscription.ADVANCED)


def _keys(public_ids: Iterable[str]) -> list[UUID]:
    keys = (ids.parse(Invoice.prefix, public_id) for public_id in public_ids)
    return [key for key in keys if key]
