"""Offerings: the promo campaigns and complimentary offers of the demo's provider, and an order that a rule holds."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from plancia.catalog.models import Plan, ProductType
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from plancia.promotions import campaigns, codes, grants
from plancia.promotions.campaigns import Rules
from plancia.promotions.codes import Buyer, CodeRefused, Item
from plancia.promotions.states import Kind
from plancia.shop import pricing
from plancia.shop.pricing import Wish

#: The code for everybody's first website, and how much it takes off.
WELCOME, WELCOME_PERCENT = "BENVENUTO20", Decimal(20)
#: Codes for one customer each, given away at a fair.
FAIR_CODES = 500


def stock(actor: Actor, *, at: datetime) -> None:
    """Start the campaigns: a code for new customers, and codes for a fair."""
    campaigns.start(
        name="Benvenuto",
        rules=Rules(
            kind=Kind.PERCENT,
            percent=WELCOME_PERCENT,
            terms=1,
            starts_at=at,
            for_new_customers=True,
            types=["web-hosting"],
        ),
        code=WELCOME,
        most=200,
        actor=actor,
        at=at,
    )
    fair = campaigns.start(
        name="Fiera di Lugano",
        rules=Rules(kind=Kind.AMOUNT, amounts={"CHF": 2000, "EUR": 2000}, starts_at=at),
        actor=actor,
        at=at,
    )
    campaigns.generate(campaign_id=fair.pk, number=FAIR_CODES, prefix="FIERA", at=at)


def with_code(wishes: list[Wish], organization: Organization, *, at: datetime) -> list[Wish]:
    """Return what a new customer orders with the code of the day on the first line that it fits."""
    code, buyer = codes.find(WELCOME), Buyer(organization.pk, organization.currency)
    lines = pricing.priced(wishes, currency=organization.currency, at=at)
    items = [Item(line.wish.plan, line.wish.months, line.net) for line in lines]
    for place, item in enumerate(items):
        try:
            codes.check(code, buyer, items=items, at=at)
            codes.check_item(code, item)
        except CodeRefused:
            continue
        wish = wishes[place]
        reduced = Wish(wish.plan, wish.months, wish.quantity, wish.choices, codes.promise(code, organization.currency))
        return [*wishes[:place], reduced, *wishes[place + 1 :]]
    return wishes


def give(organization: Organization, type_code: str, plan_code: str, *, actor: Actor, at: datetime) -> None:
    """Give an organization a year of a plan, to be ordered within sixty days."""
    plan = Plan.objects.get(code=plan_code)
    grants.give(
        organization_id=organization.pk,
        product_type=ProductType.objects.get(code=type_code),
        plan=plan,
        budget=Money(30_000, organization.currency),
        reason="Trasferisce i siti da un fornitore che chiude.",
        expires_at=at + timedelta(days=60),
        actor=actor,
        at=at,
    )
