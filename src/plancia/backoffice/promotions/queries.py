"""Campaigns with use and revenue, complimentary offers by agent and budget, carts that were left. Asked as *staff*."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Count, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from plancia.kernel import ids, pages
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from plancia.promotions.models import Campaign, Code, CodeUse, Grant
from plancia.promotions.states import Kind, Standing
from plancia.shop.models import Cart, Order
from plancia.shop.states import OrderState


@dataclass(frozen=True, slots=True)
class Income:
    """What orders with codes came to. Units: net, one amount per currency."""

    orders: int
    discount: tuple[Money, ...]
    revenue: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign in the list: its one code, or how many it has; how often they were used, of how many times."""

    id: str
    name: str
    gives: str
    code: str
    codes: int
    used: int
    most: int | None
    starts_at: datetime
    ends_at: datetime | None
    is_running: bool


@dataclass(frozen=True, slots=True)
class UseRow:
    """An order that took a code."""

    order: str
    number: str
    state: str
    organization: str
    organization_name: str
    code: str
    discount: Money
    taken_at: datetime
    is_returned: bool


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A complimentary offer in the list."""

    id: str
    organization: str
    organization_name: str
    what: str
    terms: int
    budget: Money
    used: Money | None
    standing: Standing
    reason: str
    granted_by: str
    granted_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AgentRow:
    """What one agent gave away in one currency. Units: `used` is what first terms were worth that were ordered."""

    name: str
    offers: int
    given: Money
    used: Money


@dataclass(frozen=True, slots=True)
class CartRow:
    """A cart that was left. Units: `idle` in whole days."""

    id: str
    payer: str
    payer_name: str
    lines: int
    plans: str
    currency: str
    touched_at: datetime
    idle: int


def campaigns(*, search: str, page: int, at: datetime) -> pages.Page[CampaignRow]:
    """Return the campaigns, the newest first, found by name or code."""
    codes = Code.objects.filter(campaign=OuterRef("pk")).order_by().values("campaign")
    found = Campaign.objects.annotate(
        number=Coalesce(Subquery(codes.annotate(n=Count("pk")).values("n")), 0),
        used=Coalesce(Subquery(codes.annotate(n=Sum("used")).values("n")), 0, output_field=BigIntegerField()),
        most=Subquery(codes.annotate(n=Sum("most")).values("n")),
        text=Subquery(Code.objects.filter(campaign=OuterRef("pk")).order_by("pk").values("text")[:1]),
    ).order_by("-created_at", "-pk")
    if search:
        found = found.filter(
            Q(name__icontains=search) | Q(pk__in=Code.objects.filter(text__icontains=search).values("campaign"))
        )
    return pages.page_of(found, lambda row: _campaign_row(row, at=at), number=page)


def gives(campaign: Campaign) -> str:
    """Return what a campaign takes off, in figures: "20 %", "CHF 10.00 · EUR 10.00", "100 %"."""
    if campaign.is_amount:
        return " · ".join(str(Money(minor, currency)) for currency, minor in sorted(campaign.amounts.items()))
    share = 100 if campaign.kind == Kind.FREE else (campaign.percent or 0).normalize()  # type: ignore[union-attr]
    return f"{share:f} %" if not isinstance(share, int) else f"{share} %"


def income(campaign: Campaign) -> Income:
    """Return what orders that took a campaign's codes came to: those that are paid."""
    paid = CodeUse.objects.filter(campaign=campaign, returned_at=None)
    orders = Order.objects.filter(pk__in=paid.values("order_id"), state=OrderState.PAID)
    totals = orders.values("currency").annotate(sum=Sum("net_minor"), number=Count("pk")).order_by("currency")
    off = (
        paid.filter(order_id__in=orders.values("pk"))
        .values("currency")
        .annotate(sum=Sum("discount_minor"))
        .order_by("currency")
    )
    return Income(
        orders=sum(row["number"] for row in totals),
        discount=tuple(Money(row["sum"], row["currency"]) for row in off),
        revenue=tuple(Money(row["sum"], row["currency"]) for row in totals),
    )


def uses(campaign: Campaign, *, page: int) -> pages.Page[UseRow]:
    """Return the orders that took a campaign's codes, the newest first."""
    order = Order.objects.filter(pk=OuterRef("order_id"))
    found = (
        CodeUse.objects.filter(campaign=campaign)
        .select_related("organization", "code")
        .annotate(number=Subquery(order.values("number")), state=Subquery(order.values("state")))
        .order_by("-taken_at", "-pk")
    )
    return pages.page_of(found, _use_row, number=page)


def grants(*, search: str, standing: str, page: int, at: datetime) -> pages.Page[GrantRow]:
    """Return the complimentary offers, the newest first, found by organization, agent or reason."""
    found = Grant.objects.select_related("organization").order_by("-granted_at", "-pk")
    conditions: Mapping[str, Q] = {
        Standing.OPEN: Q(order_id=None, withdrawn_at=None, expires_at__gt=at),
        Standing.USED: Q(order_id__isnull=False),
        Standing.EXPIRED: Q(order_id=None, withdrawn_at=None, expires_at__lte=at),
        Standing.WITHDRAWN: Q(withdrawn_at__isnull=False),
    }
    if standing in conditions:
        found = found.filter(conditions[standing])
    if search:
        found = found.filter(
            Q(organization__name__icontains=search) | Q(granted_by__icontains=search) | Q(reason__icontains=search)
        )
    return pages.page_of(found, lambda row: _grant_row(row, at=at), number=page)


def agents(*, at: datetime) -> list[AgentRow]:
    """Return what each agent gave away in the last thirty days, who gave most first."""
    recent = Grant.objects.filter(granted_at__gt=at - timedelta(days=30), withdrawn_at=None)
    rows = (
        recent.values("granted_by_id", "currency")
        .annotate(
            name=Max("granted_by"), number=Count("pk"), given=Sum("budget_minor"), spent=Coalesce(Sum("used_minor"), 0)
        )
        .order_by("-given", "granted_by_id", "currency")
    )
    return [
        AgentRow(row["name"], row["number"], Money(row["given"], row["currency"]), Money(row["spent"], row["currency"]))
        for row in rows
    ]


def carts(*, page: int, at: datetime) -> pages.Page[CartRow]:
    """Return the carts with something in them that nobody touched for an hour, the newest first."""
    found = (
        Cart.objects.filter(touched_at__lt=at - timedelta(hours=1))
        .annotate(number=Count("lines"))
        .filter(number__gt=0)
        .prefetch_related("lines__plan__product_type")
        .order_by("-touched_at", "-pk")
    )
    left = pages.page_of(found, lambda cart: cart, number=page)
    keys = [key for cart in left.rows if (key := ids.parse(Organization.prefix, cart.payer))]
    names = {one.public_id: one.name for one in Organization.objects.filter(pk__in=keys).only("name")}
    return pages.Page([_cart_row(cart, names, at=at) for cart in left.rows], left.number, left.size, left.total)


def _cart_row(cart: Cart, names: Mapping[str, str], *, at: datetime) -> CartRow:
    titles = [line.plan.title for line in cart.lines.all()]
    return CartRow(
        id=cart.public_id,
        payer=cart.payer,
        payer_name=names.get(cart.payer, ""),
        lines=len(titles),
        plans=", ".join(titles[:3]) + (" …" if len(titles) > 3 else ""),
        currency=cart.currency,
        touched_at=cart.touched_at,
        idle=(at - cart.touched_at).days,
    )


def _campaign_row(row: Any, *, at: datetime) -> CampaignRow:
    return CampaignRow(
        id=row.public_id,
        name=row.name,
        gives=gives(row),
        code=row.text or "",
        codes=row.number,
        used=row.used,
        most=row.most,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        is_running=row.closed_at is None and row.starts_at <= at and (row.ends_at is None or at < row.ends_at),
    )


def _use_row(row: Any) -> UseRow:
    return UseRow(
        order=Order(pk=row.order_id).public_id,
        number=row.number,
        state=row.state,
        organization=row.organization.public_id,
        organization_name=row.organization.name,
        code=row.code.text,
        discount=Money(row.discount_minor, row.currency),
        taken_at=row.taken_at,
        is_returned=row.returned_at is not None,
    )


def _grant_row(row: Grant, *, at: datetime) -> GrantRow:
    return GrantRow(
        id=row.public_id,
        organization=row.organization.public_id,
        organization_name=row.organization.name,
        what=row.plan or row.product_type,
        terms=row.terms,
        budget=row.budget,
        used=None if row.used_minor is None else Money(row.used_minor, row.currency),
        standing=row.standing(at=at),
        reason=row.reason,
        granted_by=row.granted_by,
        granted_at=row.granted_at,
        expires_at=row.expires_at,
    )
