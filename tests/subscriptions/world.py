"""What the tests of subscriptions hold: products that were bought, billed and paid as the shop does it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from plancia.billing import issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.catalog.models import Category, Edition, Plan, Price, ProductType
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.organizations.access import Access
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Role
from plancia.outbox import delivery, facts
from plancia.payments import transfers
from plancia.provisioning import reconciling
from plancia.subscriptions import activation, renewal
from plancia.subscriptions.models import Subscription, Term

MARCH = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
CLERK = Actor(ActorKind.STAFF, "Clara Conti")

_references = itertools.count(1)


def days(number: float) -> timedelta:
    return timedelta(days=number)


def plan(code: str = "hosting", prices: dict[int, int] | None = None, *, driver: str = "rehearsal") -> Plan:
    """Sell a plan in EUR and CHF, by default for 1, 3, 12, 24 and 36 months."""
    with transaction.as_staff(), transaction.atomic():
        category, _ = Category.objects.get_or_create(
            code="web", defaults={"position": 1, "names": {"en": "Web"}, "icon": "globe"}
        )
        kind = ProductType.objects.create(
            code=code,
            category=category,
            position=1,
            names={"en": code.title()},
            summaries={"en": ""},
            icon="globe",
            driver=driver,
            settings=[],
        )
        made: Plan = Plan.objects.create(
            product_type=kind, code=f"{code}-plan", position=1, names={"en": "Pro"}, max_quantity=100
        )
        for months, minor in (prices or {1: 990, 3: 2900, 12: 9900, 24: 19_000, 36: 27_000}).items():
            for currency in ("EUR", "CHF"):
                Price.objects.create(
                    plan=made, currency=currency, months=months, version=1, amount_minor=minor, valid_from=LONG_AGO
                )
        number = Edition.objects.count() + 1
        Edition.objects.create(number=number, imported_at=LONG_AGO, imported_by="a test", counts={})
    return made


def buy(
    organization: Organization,
    of: Plan,
    *,
    months: int = 12,
    quantity: int = 1,
    name: str = "aurora.it",
    at: datetime = MARCH,
    is_renewing: bool = False,
    pay_by: Callable[..., None] | None = None,
) -> Subscription:
    """Buy, pay (by a transfer, unless said) and set up a product, as staff."""
    with transaction.as_staff(), facts.told_by_caller():
        with transaction.atomic():
            price = Price.objects.get(plan=of, currency=organization.currency, months=months, valid_until=None)
            held = activation.take(
                organization_id=organization.pk,
                plan=Plan.objects.select_related("product_type").get(pk=of.pk),
                price=price,
                months=months,
                quantity=quantity,
                choices={},
                name=name,
                at=at,
                is_renewing=is_renewing,
            )
            net = price.amount.times(quantity)
            if net:
                invoice = issuing.issue(
                    organization_id=organization.pk,
                    lines=[
                        LineDraft(
                            name,
                            quantity,
                            price.amount,
                            net,
                            subject=held.public_id,
                            price_id=price.pk,
                            period=Period.term(at, after_months=0, months=months),
                        )
                    ],
                    purpose="bought",
                    buyer=parties.buyer(organization),
                    currency=organization.currency,
                    language="en",
                    due_on=at.date(),
                    at=at,
                    actor=SYSTEM,
                )
                activation.bill(subscriptions=[held], invoice=invoice.public_id)
        if net:
            (pay_by or pay)(invoice, at=at)
        set_up(at=at)
        held.refresh_from_db()
    return held


def pay(invoice: Invoice, *, at: datetime) -> None:
    """Let a transfer for the whole of an invoice arrive, and tell what follows."""
    with transaction.as_staff(), facts.told_by_caller():
        transfers.record(
            organization_id=invoice.organization_id,
            purpose=invoice.public_id,
            amount=invoice.total,
            bank_reference=f"bank-{next(_references)}",
            actor=CLERK,
            at=at,
        )
        delivery.tell_untold(at=at)


def top_up(organization: Organization, amount: str, *, at: datetime = MARCH) -> None:
    """Let money for the prepaid account arrive."""
    with transaction.as_staff(), facts.told_by_caller():
        transfers.record(
            organization_id=organization.pk,
            purpose=f"{organization.public_id}:prepaid",
            amount=Money.of(amount, organization.currency),
            bank_reference=f"bank-{next(_references)}",
            actor=CLERK,
            at=at,
        )
        delivery.tell_untold(at=at)


def set_up(*, at: datetime) -> None:
    """Let the reconciler do all its work, and tell what came of it."""
    with transaction.as_staff(), facts.told_by_caller():
        delivery.tell_untold(at=at)
        while reconciling.reconcile_due(at=at):
            pass
        delivery.tell_untold(at=at)


def offer(*, at: datetime) -> int:
    with transaction.as_staff(), facts.told_by_caller():
        return renewal.offer_due(at=at)


def open_invoices(organization: Organization) -> list[Invoice]:
    """Return the unpaid invoices of an organization, the oldest first."""
    with transaction.as_staff():
        found = Invoice.objects.filter(organization=organization, kind="invoice", state=InvoiceState.OPEN)
        return list(found.order_by("pk"))


def terms(held: Subscription) -> Sequence[Term]:
    """Return the terms of a product that stand, in order."""
    with transaction.as_staff():
        return list(Term.objects.filter(subscription=held, withdrawn_at=None).order_by("starts_at"))


def fresh(held: Subscription) -> Subscription:
    with transaction.as_staff():
        return Subscription.objects.select_related("plan__product_type").get(pk=held.pk)


def owner_access(organization: Organization) -> Access:
    """Return what the owner may do."""
    with transaction.as_staff():
        membership = Membership.objects.get(organization=organization, role=Role.OWNER)
    return Access(organization, membership.pk, membership.user_id, Role.OWNER, has_billing=True)
