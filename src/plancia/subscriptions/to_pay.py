"""What is to pay: invoices that are due, and renewals that come, in one list. Source: SPEC 5.1."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from plancia.billing import numbering, parties, vat
from plancia.billing.models import Invoice, Settlement
from plancia.billing.states import InvoiceState
from plancia.catalog.queries import Contents
from plancia.kernel import ids, pages
from plancia.kernel.money import Money
from plancia.kernel.pages import Page
from plancia.kernel.periods import months_after
from plancia.organizations.models import Organization
from plancia.subscriptions import discounts, frequencies, renewal
from plancia.subscriptions.frequencies import Conditions
from plancia.subscriptions.models import Cancellation, Change, Subscription, Term
from plancia.subscriptions.states import SubscriptionState

PAGE_SIZE = 50
#: The filter that the page opens with.
MONTHS = 2
#: Invoices that bill no renewal stand above the products; more of them are found among the invoices.
MOST_INVOICES = 50


class Standing(StrEnum):
    """How urgent it is."""

    OVERDUE = "overdue"
    OPEN = "open"  # an invoice is there
    COMING = "coming"  # not billed yet


@dataclass(frozen=True, slots=True)
class FrequencyRow:
    """A frequency that a product may be paid for. Units: `total` with tax, for one term."""

    months: int
    total: Money
    most_terms: int


@dataclass(frozen=True, slots=True)
class DueRow:
    """
    Something to pay: an invoice, or the next term of a product.

    `key` is its public id. Units: `total` with tax, which an invoice computes on its sum.
    """

    key: str
    name: str
    type_code: str
    type_name: str
    plan_name: str
    icon: str
    standing: Standing
    due_on: date
    starts_at: datetime | None
    ends_at: datetime | None
    invoice: str
    invoice_number: str
    months: int
    frequencies: Sequence[FrequencyRow]
    is_renewing: bool
    total: Money

    @property
    def most_terms(self) -> int:
        """How many terms may be paid at once, at the frequency that allows most."""
        return max((row.most_terms for row in self.frequencies), default=1)


@dataclass(frozen=True, slots=True)
class Due:
    """What is to pay: invoices by themselves, and a page of products."""

    invoices: list[DueRow]
    products: Page[DueRow]

    @property
    def is_empty(self) -> bool:
        return not self.invoices and not self.products.total


def until(at: datetime) -> datetime:
    """Return how far the list looks ahead unless all is asked for."""
    return months_after(at, MONTHS)


def due(organization: Organization, *, at: datetime, ahead: datetime | None, contents: Contents, page: int = 1) -> Due:
    """
    Return what is to pay until `ahead`, or ever where it is None: the most urgent first. Five queries.

    Products that are given up or cost nothing are not there.
    """
    today = numbering.civil_date(at)
    buyer = parties.buyer(organization)
    tax = vat.tax_for(buyer, on=today, seller=parties.seller_for(buyer.country))
    products = pages.page_of(
        _waiting(organization.pk, ahead)
        .select_related("plan__product_type", "price", "discount")
        .order_by("paid_until", "pk"),
        lambda found: found,
        number=page,
        size=PAGE_SIZE,
    )
    sold = frequencies.offered(
        products.rows, at=at, changing=[one.pk for one in products.rows if one.__dict__["change_months"]]
    )
    offering = {one.__dict__["offer_invoice"] for one in products.rows} - {None, ""}
    others, numbers = _invoices(organization.pk, ahead, today, offering=offering)
    rows = [_product(one, sold, numbers, tax, contents, at=at) for one in products.rows]
    return Due(
        others if products.number == 1 else [],
        Page(rows, products.number, products.size, products.total),
    )


def keys(organization: Organization, *, ahead: datetime | None) -> list[str]:
    """Return the keys of all that `due` lists, on every page: for who pays everything."""
    others, _numbers = _invoices(organization.pk, ahead, date.max, offering=())
    invoices = [row.key for row in others]
    return invoices + [
        ids.public(Subscription.prefix, key)
        for key in _waiting(organization.pk, ahead).order_by("paid_until", "pk").values_list("pk", flat=True)
    ]


def _waiting(organization_id: UUID, ahead: datetime | None) -> QuerySet[Subscription]:
    """Products whose next term is to pay, with the offer where there is one."""
    open_ = Term.objects.filter(subscription=OuterRef("pk"), paid_at=None, withdrawn_at=None).order_by("starts_at")
    waiting = Change.objects.filter(subscription=OuterRef("pk"), applied_at=None, withdrawn_at=None)
    discounted = Term.objects.filter(subscription=OuterRef("pk"), discount__isnull=False, withdrawn_at=None)
    stands = discounted.order_by().values("discount")
    given_up = Cancellation.objects.filter(subscription=OuterRef("pk"), ended_at=None, withdrawn_at=None)
    found: QuerySet[Subscription] = Subscription.objects.filter(
        organization_id=organization_id, paid_until__isnull=False
    ).exclude(state=SubscriptionState.TERMINATED)
    if ahead is not None:
        found = found.filter(paid_until__lt=ahead)
    return found.annotate(
        offer_invoice=Subquery(open_.values("invoice")[:1]),
        offer_months=Subquery(open_.values("months")[:1]),
        offer_net=Subquery(open_.values("net_minor")[:1]),
        change_months=Subquery(waiting.values("months")[:1]),
        offer_discount=Subquery(open_.values("discount_minor")[:1]),
        discounted=Subquery(stands.annotate(count=Count("pk")).values("count")),
        discounted_minor=Subquery(stands.annotate(sum=Sum("discount_minor")).values("sum")),
        ending_at=Subquery(given_up.values("effective_at")[:1]),
    ).filter(Q(price__amount_minor__gt=0) | Q(offer_net__gt=0), ending_at=None)


def _product(
    one: Subscription,
    sold: dict[UUID, dict[int, Conditions]],
    numbers: dict[str, str],
    tax: vat.Tax,
    contents: Contents,
    *,
    at: datetime,
) -> DueRow:
    offered = one.__dict__  # annotated by _waiting
    months: int = offered["offer_months"] or offered["change_months"] or one.months
    assert one.anchor_at and one.paid_until  # _waiting asks for them
    (period,) = renewal.periods_after(one.anchor_at, one.paid_until, months=months, count=1)
    rows = [
        FrequencyRow(months, _gross(_net(one, conditions), tax), frequencies.most_terms(conditions.plan, months))
        for months, conditions in sold[one.pk].items()
        if conditions.net
    ]
    net = offered["offer_net"]
    total = next((row.total for row in rows if row.months == months), Money.zero(one.currency))
    if net:
        total = _gross(Money(net, one.currency), tax)
    standing = Standing.OPEN if offered["offer_invoice"] else Standing.COMING
    return DueRow(
        key=one.public_id,
        name=one.name,
        type_code=one.product_type,
        type_name=contents.types[one.product_type].name,
        plan_name=contents.plans[one.plan_id].name,
        icon=contents.types[one.product_type].icon,
        standing=Standing.OVERDUE if one.paid_until <= at else standing,
        due_on=numbering.civil_date(one.paid_until),
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        invoice=offered["offer_invoice"] or "",
        invoice_number=numbers.get(offered["offer_invoice"], ""),
        months=months,
        frequencies=rows,
        is_renewing=one.is_renewing,
        total=total,
    )


def _net(one: Subscription, conditions: Conditions) -> Money:
    """What the next term costs at that price, less what is left of a discount that was promised for it."""
    net, counted = conditions.net, one.__dict__  # annotated by _waiting
    discount = one.discount if hasattr(one, "discount") else None
    if discount is None or (discount.months, discount.plan_id) != (conditions.months, conditions.plan.pk):
        return net
    # An open offer is what would be paid, or is taken back: its use of the discount is free.
    offered = counted["offer_discount"] or 0
    if (counted["discounted"] or 0) - bool(offered) >= discount.terms:
        return net
    spent = (counted["discounted_minor"] or 0) - offered
    return net - discounts.reduction_of(discount, spent=spent).of(net)


def _invoices(
    organization_id: UUID, ahead: datetime | None, today: date, *, offering: Collection[str]
) -> tuple[list[DueRow], dict[str, str]]:
    """Open invoices that offer no renewal, and the numbers of those that do: they are there by their products."""
    settled = (
        Settlement.objects.filter(invoice=OuterRef("pk"))
        .order_by()
        .values("invoice")
        .annotate(sum=Sum("amount_minor"))
        .values("sum")
    )
    is_other = ~Q(purpose=renewal.PURPOSE)
    if ahead is not None:
        is_other &= Q(due_on__lt=numbering.civil_date(ahead))
    named = [key for text in offering if (key := ids.parse(Invoice.prefix, text))]
    found = (
        Invoice.objects.filter(organization_id=organization_id, state=InvoiceState.OPEN, kind="invoice")
        .filter(is_other | Q(pk__in=named))
        .annotate(settled_minor=Subquery(settled))
        .defer("seller", "buyer", "taxes")
        .order_by("due_on", "pk")[: MOST_INVOICES + len(named)]
    )
    others, numbers = [], {}
    for invoice in found:
        if invoice.purpose == renewal.PURPOSE:
            numbers[invoice.public_id] = invoice.number
        else:
            others.append(_invoice(invoice, today))
    return others, numbers


def _invoice(invoice: Invoice, today: date) -> DueRow:
    settled: int = invoice.__dict__["settled_minor"] or 0  # annotated by _invoices
    return DueRow(
        key=invoice.public_id,
        name=invoice.number,
        type_code="",
        type_name="",
        plan_name="",
        icon="receipt-text",
        standing=Standing.OVERDUE if invoice.due_on < today else Standing.OPEN,
        due_on=invoice.due_on,
        starts_at=None,
        ends_at=None,
        invoice=invoice.public_id,
        invoice_number=invoice.number,
        months=0,
        frequencies=(),
        is_renewing=False,
        total=Money(invoice.total_minor - settled, invoice.currency),
    )


def _gross(net: Money, tax: vat.Tax) -> Money:
    return vat.totals([net], tax, net.currency).total
