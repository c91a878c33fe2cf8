"""
Inventory: what somebody loses who gives products up, when, and what she still owes.

Contents are what the drivers last saw; amounts are those of the books, to the cent. Source: SPEC 7.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

from django.db.models import BigIntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from plancia.billing.models import Invoice, Line, Settlement
from plancia.billing.states import InvoiceState
from plancia.catalog import queries as catalog
from plancia.kernel import ids
from plancia.kernel.money import Money
from plancia.provisioning import queries as provisioning
from plancia.provisioning.contents import Content, ContentKind
from plancia.subscriptions.models import Subscription, Term
from plancia.subscriptions.states import SubscriptionState

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Charge:
    """An open invoice about a product that is given up: it stays due, and can be paid without the product."""

    invoice: str
    number: str
    due_on: date
    open: Money


@dataclass(frozen=True, slots=True)
class Companion:
    """Another product for the same name, which stays unless it is given up too."""

    public_id: str
    name: str
    type_name: str
    icon: str


@dataclass(frozen=True, slots=True)
class Loss:
    """
    A product that is to end: what is in it, and the time that is paid for.

    `contents` is None where its driver cannot tell. `unused` is what the paid time is worth that is lost by ending at
    once, net; it is not paid back.
    """

    id: UUID
    public_id: str
    name: str
    type_code: str
    type_name: str
    icon: str
    plan_name: str
    ends_at: datetime
    unused: Money
    contents: list[Content] | None
    contents_seen_at: datetime | None

    @property
    def backups(self) -> int:
        """How many backups are destroyed with it."""
        return sum(content.kind is ContentKind.BACKUP for content in self.contents or ())


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that a cancellation costs its author. `withdrawn` are invoices of renewals that are no longer asked for."""

    losses: list[Loss]
    companions: list[Companion]
    charges: list[Charge]
    withdrawn: list[Charge]
    due: list[Money]

    @property
    def backups(self) -> int:
        return sum(loss.backups for loss in self.losses)

    @property
    def unused(self) -> list[Money]:
        """What is lost of paid time by ending at once, one amount for each currency."""
        return _sums([loss.unused for loss in self.losses if loss.unused])


def take(
    organization_id: UUID, subscription_ids: Sequence[UUID], *, at: datetime, contents: catalog.Contents | None = None
) -> Inventory:
    """
    Return what giving these products up means. Four queries, however many they are.

    `contents` is the catalogue, where the caller has read it; else it is a fifth.
    """
    held, companions = _held(organization_id, subscription_ids)
    services = provisioning.resources_of([one.public_id for one in held])
    contents = contents or catalog.contents()
    unused, offered = _terms(held, at=at)
    losses = []
    for one in held:
        kind, service = contents.types[one.product_type], services.get(one.public_id)
        losses.append(
            Loss(
                id=one.pk,
                public_id=one.public_id,
                name=one.name,
                type_code=one.product_type,
                type_name=kind.name,
                icon=kind.icon,
                plan_name=contents.plans[one.plan_id].name,
                ends_at=max(at, one.paid_until or at),
                unused=unused.get(one.pk, Money.zero(one.currency)),
                contents=service.contents if service else [],
                contents_seen_at=service.contents_seen_at if service else None,
            )
        )
    due, withdrawn = _open_invoices(organization_id, held, offered)
    return Inventory(
        losses=losses,
        companions=[
            Companion(
                one.public_id, one.name, contents.types[one.product_type].name, contents.types[one.product_type].icon
            )
            for one in companions
        ],
        charges=due,
        withdrawn=withdrawn,
        due=_sums([charge.open for charge in due]),
    )


def charges(organization_id: UUID, held: Sequence[Subscription]) -> list[Charge]:
    """Return the open invoices about these products that stay due."""
    offered = Term.objects.filter(subscription__in=held, paid_at=None, withdrawn_at=None)
    return _open_invoices(organization_id, held, set(offered.values_list("invoice", flat=True)))[0]


def _terms(held: Sequence[Subscription], *, at: datetime) -> tuple[dict[UUID, Money], set[str]]:
    """
    Return the part of what is paid that lies ahead, by product, and the invoices of renewals that are offered.

    Units: exact fractions of the term, rounded on each.
    """
    unused: dict[UUID, Money] = {}
    offered: set[str] = set()
    ahead = Term.objects.filter(subscription__in=held, withdrawn_at=None).filter(Q(paid_at=None) | Q(ends_at__gt=at))
    for term in ahead.order_by("starts_at", "pk"):
        if term.paid_at is None:
            offered.add(term.invoice)
            continue
        left, whole = term.ends_at - max(at, term.starts_at), term.ends_at - term.starts_at
        share = term.net.times(Fraction(left // _MICROSECOND, whole // _MICROSECOND))
        unused[term.subscription_id] = unused.get(term.subscription_id, Money.zero(term.currency)) + share
    return unused, offered


def _open_invoices(
    organization_id: UUID, held: Sequence[Subscription], offers: set[str]
) -> tuple[list[Charge], list[Charge]]:
    settled = (
        Settlement.objects.filter(invoice=OuterRef("pk"))
        .order_by()
        .values("invoice")
        .annotate(sum=Sum("amount_minor"))
        .values("sum")
    )
    invoices: QuerySet[Invoice] = Invoice.objects.filter(
        organization_id=organization_id,
        kind="invoice",
        state=InvoiceState.OPEN,
        pk__in=Line.objects.filter(subject__in=[one.public_id for one in held]).values("invoice_id"),
    )
    invoices = invoices.annotate(settled_minor=Coalesce(Subquery(settled, output_field=BigIntegerField()), 0))
    charges: list[Charge] = []
    withdrawn: list[Charge] = []
    for invoice in invoices.order_by("due_on", "pk"):
        open_ = invoice.total - Money(invoice.settled_minor, invoice.currency)
        charge = Charge(invoice.public_id, invoice.number, invoice.due_on, open_)
        (withdrawn if invoice.public_id in offers else charges).append(charge)
    return charges, withdrawn


def _held(organization_id: UUID, subscription_ids: Sequence[UUID]) -> tuple[list[Subscription], list[Subscription]]:
    """Return the products that are meant, and those of the same name: a hosting has its domain's. One query."""
    names = Subscription.objects.filter(organization_id=organization_id, pk__in=subscription_ids, name__contains=".")
    found = (
        Subscription.objects.filter(organization_id=organization_id)
        .filter(Q(pk__in=subscription_ids) | Q(name__in=names.values("name")))
        .exclude(state=SubscriptionState.TERMINATED)
        .order_by("product_type", "name", "pk")
    )
    wanted = set(subscription_ids)
    return [one for one in found if one.pk in wanted], [one for one in found if one.pk not in wanted]


def _sums(amounts: Sequence[Money]) -> list[Money]:
    currencies = sorted({amount.currency for amount in amounts})
    return [Money.total([one for one in amounts if one.currency == each], each) for each in currencies]


def keys(public_ids: Sequence[str]) -> list[UUID]:
    """Return the keys of products that a form names; what is no product is left out."""
    found = (ids.parse(Subscription.prefix, text) for text in public_ids)
    return list(dict.fromkeys(key for key in found if key))
