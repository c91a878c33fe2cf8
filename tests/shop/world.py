"""What the tests of the shop sell, and to whom: a small catalogue, and people who order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

from plancia.catalog.models import Category, Plan, Price, ProductType
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.organizations.models import Organization
from plancia.outbox import delivery, facts
from plancia.payments import transfers
from plancia.payments.methods import Method
from plancia.shop import checkout, ordering, pricing
from plancia.shop.models import Order
from plancia.shop.pricing import Wish

NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
ADA = Actor(ActorKind.USER, "Ada Bianchi")
CLERK = Actor(ActorKind.STAFF, "Clara Conti")

DOMAIN_SETTINGS = [
    {"key": "domain", "kind": "domain", "names": {"en": "Domain"}, "is_required": True, "ending_from_plan": True}
]


def catalogue(at: datetime = NOON) -> dict[str, Plan]:
    """Sell web hosting, servers, .ch domains and a free mailbox, in CHF and EUR, as the role *staff*."""
    with transaction.as_staff(), transaction.atomic():
        category = Category.objects.create(code="web", position=1, names={"en": "Web"}, icon="globe")
        plans = {
            "hosting": _plan(category, "hosting", "Web hosting", "Pro", {1: 990, 12: 9900, 24: 19000}),
            "server": _plan(category, "server", "Cloud server", "S", {1: 2000, 12: 22000}, max_quantity=10_000),
            "domain": _plan(
                category,
                "domain",
                "Domain name",
                ".ch",
                {12: 1200},
                settings=DOMAIN_SETTINGS,
                specification={"ending": "ch"},
            ),
            "mailbox": _plan(category, "mailbox", "Personal mailbox", "Free", {12: 0}),
        }
        for plan in plans.values():
            for price in list(plan.prices.all()):
                Price.objects.create(
                    plan=plan,
                    currency="EUR",
                    months=price.months,
                    version=1,
                    amount_minor=price.amount_minor + (100 if price.amount_minor else 0),
                    valid_from=price.valid_from,
                )
    return plans


def _plan(
    category: Category,
    code: str,
    kind: str,
    name: str,
    prices: Mapping[int, int],
    *,
    max_quantity: int = 1,
    settings: list[dict[str, object]] | None = None,
    specification: dict[str, object] | None = None,
) -> Plan:
    product_type = ProductType.objects.create(
        code=code,
        category=category,
        position=1,
        names={"en": kind, "it": f"{kind} (it)"},
        summaries={"en": f"A {kind.lower()} of your own."},
        icon="globe",
        driver="rehearsal",
        settings=settings or [],
    )
    plan = Plan.objects.create(
        product_type=product_type,
        code=f"{code}-one",
        position=1,
        names={"en": name},
        features={"en": ["One feature"]},
        specification=specification or {},
        max_quantity=max_quantity,
    )
    for months, minor in prices.items():
        Price.objects.create(
            plan=plan,
            currency="CHF",
            months=months,
            version=1,
            amount_minor=minor,
            valid_from=datetime(2025, 1, 1, tzinfo=UTC),
        )
    return plan


def place(
    organization: Organization,
    *wishes: Wish,
    method: Method | None = Method.TRANSFER,
    key: UUID | None = None,
    at: datetime = NOON,
) -> Order:
    """Place an order at the total of now, as the web does."""
    with transaction.atomic():
        tenancy.enter(organization.pk)
        total = pricing.quote(wishes, checkout.parties.buyer(organization), currency=organization.currency, at=at).total
        return ordering.place(
            organization_id=organization.pk,
            lines=wishes,
            method=method,
            idempotency_key=key or ids.new(),
            quoted_total=total,
            language="en",
            actor=ADA,
            at=at,
        )


def transfer(order: Order, amount: Money | None = None, *, reference: str = "bank-1", at: datetime = NOON) -> None:
    """Let money arrive at the bank for an order, as staff confirm it, and tell what follows."""
    with transaction.as_staff(), facts.told_by_caller():
        transfers.record(
            organization_id=order.organization_id,
            purpose=order.public_id,
            amount=amount or order.total,
            bank_reference=reference,
            actor=CLERK,
            at=at,
        )
    tell(at=at)


def top_up(organization: Organization, amount: Money, *, reference: str = "bank-top-up", at: datetime = NOON) -> None:
    """Let money arrive at the bank for the prepaid account."""
    with transaction.as_staff(), facts.told_by_caller():
        transfers.record(
            organization_id=organization.pk,
            purpose=f"{organization.public_id}:prepaid",
            amount=amount,
            bank_reference=reference,
            actor=CLERK,
            at=at,
        )
    tell(at=at)


def tell(*, at: datetime = NOON) -> None:
    """Tell all facts that wait, as the worker does."""
    with facts.told_by_caller():
        delivery.tell_untold(at=at)
