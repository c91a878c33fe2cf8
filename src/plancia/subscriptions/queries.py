"""What products can be asked. A member sees those that her role or her grants make visible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from plancia.billing.models import Invoice
from plancia.catalog import choices, texts
from plancia.catalog import queries as catalog
from plancia.catalog.queries import Contents
from plancia.kernel import ids, pages
from plancia.kernel.money import Money
from plancia.kernel.pages import Page
from plancia.kernel.prepared import prepared
from plancia.organizations.access import Access
from plancia.organizations.roles import Permission, Right
from plancia.provisioning import queries as provisioning
from plancia.provisioning.queries import ResourceRow
from plancia.subscriptions import outlook
from plancia.subscriptions.models import Cancellation, Change, Subscription, Term
from plancia.subscriptions.outlook import NextStep, Offer
from plancia.subscriptions.states import Reason, SubscriptionState
from plancia.subscriptions.timeline import Timeline, timeline

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product in a list."""

    public_id: str
    name: str
    type_code: str
    type_name: str
    icon: str
    plan_name: str
    state: SubscriptionState
    reason: Reason
    paid_until: datetime | None
    is_renewing: bool
    next_step: NextStep


@dataclass(frozen=True, slots=True)
class TermRow:
    """A term of a product. `invoice` and `invoice_number` are empty where it cost nothing, or may not be seen."""

    starts_at: datetime
    ends_at: datetime
    months: int
    net: Money
    is_paid: bool
    invoice: str
    invoice_number: str
    invoice_state: str
    issued_on: date | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """What a product becomes with its next term."""

    effective_at: datetime
    plan_name: str
    months: int
    quantity: int


@dataclass(frozen=True, slots=True)
class ProductDetail:
    """
    A product on its own page. `choices` are names and values as people read them.

    Units: `price` is that of the last term paid, for one unit; `net` for all of them.
    """

    id: UUID
    public_id: str
    name: str
    type_code: str
    type_name: str
    icon: str
    plan_name: str
    features: tuple[str, ...]
    specification: Mapping[str, object]
    state: SubscriptionState
    reason: Reason
    next_step: NextStep
    months: int
    quantity: int
    price: Money
    net: Money
    choices: list[tuple[str, str]]
    ordered_at: datetime
    activated_at: datetime | None
    terminated_at: datetime | None
    ending_at: datetime | None
    anchor_at: datetime | None
    paid_until: datetime | None
    is_renewing: bool
    change: ChangeRow | None
    service: ResourceRow | None
    terms: tuple[TermRow, ...]


def products(
    organization_id: UUID,
    access: Access,
    *,
    type: str = "",
    search: str = "",
    state: str = "",
    page: int = 1,
    size: int = PAGE_SIZE,
    at: datetime,
    contents: Contents | None = None,
) -> Page[ProductRow]:
    """
    Return a page of the products that a member sees: ended ones last, else by name. Two queries.

    `contents` is the catalogue, which names plans and types, where the caller has read it; else it is a third.
    `search` looks into names; an unknown `type` or `state` finds nothing.
    """
    known, days = contents or catalog.contents(), timeline(access.organization)
    is_whole = access.sees_all_products and not (type or state or search.strip())
    if is_whole and page <= 1 and size == PAGE_SIZE:
        total = sum(count for (count,) in _count(organization_id=organization_id))
        rows = [_row(one, known, days, at=at) for one in _first(organization_id=organization_id)]
        return Page(rows, number=1, size=size, total=total)
    found = visible(organization_id, access)
    if type:
        found = found.filter(product_type=type)
    if state:
        found = found.filter(state=state)
    if search.strip():
        found = found.filter(name__icontains=search.strip()[:253])
    return pages.page_of(
        _listed(found), lambda subscription: _row(subscription, known, days, at=at), number=page, size=size
    )


def _listed(found: QuerySet[Subscription]) -> QuerySet[Subscription]:
    return foreseen(found).only(*LISTED).order_by(F("terminated_at").asc(nulls_first=True), "name", "pk")


@prepared
def _first(*, organization_id: UUID) -> QuerySet[Subscription]:
    return _listed(Subscription.objects.filter(organization_id=organization_id))[:PAGE_SIZE]


@prepared
def _count(*, organization_id: UUID) -> QuerySet[Subscription, tuple[int]]:
    counted = Subscription.objects.filter(organization_id=organization_id).values("organization_id").order_by()
    return counted.annotate(count=Count("pk")).values_list("count")


def product(organization_id: UUID, access: Access, public_id: str, *, at: datetime) -> ProductDetail | None:
    """Return one product that a member sees, or None where she sees no such one. Four queries."""
    key = ids.parse(Subscription.prefix, public_id)
    if key is None:
        return None
    subscription = next(iter(_one(organization_id=organization_id, key=key)), None)
    if subscription is None or not access.may_product(subscription.pk, subscription.product_type, Right.VIEW):
        return None
    plan = subscription.plan
    return ProductDetail(
        id=subscription.pk,
        public_id=subscription.public_id,
        name=subscription.name,
        type_code=subscription.product_type,
        type_name=plan.product_type.name,
        icon=plan.product_type.icon,
        plan_name=plan.name,
        features=tuple(plan.feature_list),
        specification=plan.specification,
        state=SubscriptionState(subscription.state),
        reason=Reason(subscription.reason),
        next_step=step(subscription, timeline(access.organization), at=at),
        months=subscription.months,
        quantity=subscription.quantity,
        price=subscription.price.amount,
        net=subscription.price.amount.times(subscription.quantity),
        choices=choices.described(plan.product_type, subscription.choices),
        ordered_at=subscription.ordered_at,
        activated_at=subscription.activated_at,
        terminated_at=subscription.terminated_at,
        ending_at=subscription.__dict__["ending_at"],
        anchor_at=subscription.anchor_at,
        paid_until=subscription.paid_until,
        is_renewing=subscription.is_renewing,
        change=_change(subscription),
        service=provisioning.resource_of(subscription.public_id),
        terms=_terms(subscription, sees_billing=access.may(Permission.SEE_BILLING)),
    )


@prepared
def _one(*, organization_id: UUID, key: UUID) -> QuerySet[Subscription]:
    waiting = Change.objects.filter(subscription=OuterRef("pk"), applied_at=None, withdrawn_at=None)
    found = foreseen(Subscription.objects.filter(organization_id=organization_id, pk=key))
    return found.select_related("plan__product_type", "price").annotate(
        change_at=Subquery(waiting.values("effective_at")[:1]),
        change_plan=Subquery(waiting.values("plan__names")[:1]),
        change_months=Subquery(waiting.values("months")[:1]),
        change_quantity=Subquery(waiting.values("quantity")[:1]),
    )


def counts_by_type(organization_id: UUID, access: Access) -> dict[str, int]:
    """Return how many products of each type a member sees that have not ended. One query."""
    if access.sees_all_products:
        return dict(_types(organization_id=organization_id))
    return dict(_by_type(visible(organization_id, access)))


@prepared
def _types(*, organization_id: UUID) -> QuerySet[Subscription, tuple[str, int]]:
    return _by_type(Subscription.objects.filter(organization_id=organization_id))


def _by_type(found: QuerySet[Subscription]) -> QuerySet[Subscription, tuple[str, int]]:
    living = found.exclude(state=SubscriptionState.TERMINATED)
    return living.values_list("product_type").annotate(count=Count("pk")).order_by("product_type")


def counts_by_state(organization_id: UUID, access: Access, *, type: str = "") -> dict[str, int]:
    """Return how many products a member sees in each state. One query."""
    found = visible(organization_id, access)
    if type:
        found = found.filter(product_type=type)
    return dict(found.values_list("state").annotate(count=Count("pk")).order_by("state"))


def visible(organization_id: UUID, access: Access) -> QuerySet[Subscription]:
    """Return the products that a member sees."""
    found: QuerySet[Subscription] = Subscription.objects.filter(organization_id=organization_id)
    if access.sees_all_products:
        return found
    keys, types = access.visible_product_filter()
    return found.filter(Q(pk__in=keys) | Q(product_type__in=types))


def foreseen(found: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Annotate all that the next step needs, so that fifty rows cost what one does."""
    open_ = Term.objects.filter(subscription=OuterRef("pk"), paid_at=None, withdrawn_at=None)
    waiting = Cancellation.objects.filter(subscription=OuterRef("pk"), ended_at=None, withdrawn_at=None)
    return found.annotate(
        offer_starts_at=Subquery(open_.values("starts_at")[:1]),
        offer_offered_at=Subquery(open_.values("offered_at")[:1]),
        offer_invoice=Subquery(open_.values("invoice")[:1]),
        offer_net=Subquery(open_.values("net_minor")[:1]),
        ending_at=Subquery(waiting.values("effective_at")[:1]),
    )


#: What a list shows, or its next step is told from: reading the rest for fifty rows costs more than the query.
LISTED = (
    "plan_id",
    "product_type",
    "name",
    "months",
    "currency",
    "state",
    "reason",
    "is_renewing",
    "paid_until",
    "terminated_at",
)


def step(subscription: Subscription, days: Timeline, *, at: datetime) -> NextStep:
    """Return the next step of a product that `foreseen` has read."""
    row = subscription.__dict__  # annotated by foreseen
    starts_at: datetime | None = row["offer_starts_at"]
    offer = Offer(starts_at, row["offer_offered_at"], row["offer_invoice"]) if starts_at else None
    return outlook.foresee(subscription, ending_at=row["ending_at"], offer=offer, days=days, at=at)


def _row(subscription: Subscription, contents: Contents, days: Timeline, *, at: datetime) -> ProductRow:
    product_type = contents.types[subscription.product_type]
    return ProductRow(
        public_id=subscription.public_id,
        name=subscription.name,
        type_code=subscription.product_type,
        type_name=product_type.name,
        icon=product_type.icon,
        plan_name=contents.plans[subscription.plan_id].name,
        state=SubscriptionState(subscription.state),
        reason=Reason(subscription.reason),
        paid_until=subscription.paid_until,
        is_renewing=subscription.is_renewing,
        next_step=step(subscription, days, at=at),
    )


def _change(subscription: Subscription) -> ChangeRow | None:
    row = subscription.__dict__  # annotated by product()
    if row["change_at"] is None:
        return None
    return ChangeRow(row["change_at"], texts.pick(row["change_plan"]), row["change_months"], row["change_quantity"])


def _terms(subscription: Subscription, *, sees_billing: bool) -> tuple[TermRow, ...]:
    terms: Sequence[Term] = list(
        Term.objects.filter(subscription=subscription, withdrawn_at=None).order_by("-starts_at", "pk")
    )
    keys = [key for term in terms if sees_billing and (key := ids.parse(Invoice.prefix, term.invoice))]
    invoices = {
        invoice.public_id: invoice
        for invoice in Invoice.objects.filter(pk__in=keys).only("number", "state", "issued_on")
    }
    return tuple(
        TermRow(
            starts_at=term.starts_at,
            ends_at=term.ends_at,
            months=term.months,
            net=term.net,
            is_paid=term.paid_at is not None,
            invoice=invoice.public_id if (invoice := invoices.get(term.invoice)) else "",
            invoice_number=invoice.number if invoice else "",
            invoice_state=invoice.state if invoice else "",
            issued_on=invoice.issued_on if invoice else None,
        )
        for term in terms
    )
