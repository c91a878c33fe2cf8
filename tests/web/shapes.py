"""Organizations of a given size, for pages whose cost must not depend on it: rows, where the past is not the point."""

from __future__ import annotations

from datetime import datetime, timedelta

from plancia.billing import issuing, parties, settlement
from plancia.billing.issuing import LineDraft
from plancia.catalog import importing, reading, sample
from plancia.catalog.models import Price
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.periods import Period, months_after
from plancia.organizations.models import Organization
from plancia.payments import transfers
from plancia.provisioning.models import Resource
from plancia.provisioning.states import Presence
from plancia.subscriptions.models import Cancellation, Subscription, Term
from plancia.subscriptions.states import Reason, SubscriptionState

_NAMES = ["www", "shop", "blog", "intranet", "archive", "media", "events", "lab", "press", "museum"]


def catalogue(at: datetime) -> None:
    """Import the bundled sample."""
    importing.load(reading.read(sample.directory()), actor=SYSTEM, at=at)


def products(organization: Organization, number: int, *, at: datetime) -> list[Subscription]:
    """Give an organization `number` products of many types and all states, with their terms and services."""
    prices = _prices(organization.currency)
    made = [_product(organization, prices[place % len(prices)], place, at=at) for place in range(number)]
    with transaction.as_staff():
        Subscription.objects.bulk_create(made)
        Term.objects.bulk_create(_term(one, at=at) for one in made)
        Resource.objects.bulk_create(_resource(one, at=at) for one in made)
        ending = made[4::10]
        Cancellation.objects.bulk_create(
            Cancellation(
                organization=organization, subscription=one, filed_by="Ada", filed_at=at, effective_at=one.paid_until
            )
            for one in ending
            if one.state == SubscriptionState.ACTIVE
        )
    return made


def invoices(organization: Organization, subscriptions: list[Subscription], *, at: datetime, unpaid: int = 0) -> None:
    """Bill each product by an invoice of its own, and pay all but the first `unpaid`, through the use cases."""
    with transaction.as_staff():
        for place, one in enumerate(subscriptions):
            issued_at = at - timedelta(days=11 * place + 3)
            net = one.price.amount.times(one.quantity)
            invoice = issuing.issue(
                organization_id=organization.pk,
                lines=[
                    LineDraft(
                        description=f"{one.plan.title}: {one.name}",
                        quantity=one.quantity,
                        unit_price=one.price.amount,
                        net=net,
                        subject=one.public_id,
                        period=Period(issued_at, months_after(issued_at, one.months)),
                    )
                ],
                purpose="",
                buyer=parties.buyer(organization),
                currency=organization.currency,
                language="en",
                due_on=(issued_at + timedelta(days=30)).date(),
                at=issued_at,
                actor=SYSTEM,
            )
            if place >= unpaid and invoice.total:
                paid = transfers.record(
                    organization_id=organization.pk,
                    purpose=invoice.public_id,
                    amount=invoice.total,
                    bank_reference=f"{invoice.number}/bank",
                    actor=SYSTEM,
                    at=issued_at + timedelta(days=5),
                )
                settlement.receive(
                    invoice_id=invoice.pk,
                    payment=paid.public_id,
                    amount=invoice.total,
                    at=issued_at + timedelta(days=5),
                )


def _prices(currency: str) -> list[Price]:
    found = Price.objects.filter(currency=currency, months=12).select_related("plan__product_type")
    by_type: dict[str, Price] = {}
    for price in found.order_by("plan__product_type__position", "plan__position", "pk"):
        by_type.setdefault(price.plan.product_type.code, price)
    return list(by_type.values())


def _product(organization: Organization, price: Price, place: int, *, at: datetime) -> Subscription:
    state, reason = SubscriptionState.ACTIVE, Reason.NONE
    if place % 10 == 5:
        state, reason = SubscriptionState.PENDING, Reason.PROVISIONING
    elif place % 10 == 7:
        state, reason = SubscriptionState.RESTRICTED, Reason.UNPAID
    elif place % 10 == 9:
        state, reason = SubscriptionState.SUSPENDED, Reason.UNPAID
    started_at = at - timedelta(days=364 - 23 * (place % 12))
    return Subscription(
        organization=organization,
        plan=price.plan,
        price=price,
        product_type=price.plan.product_type.code,
        name=f"{_NAMES[place % 10]}{'' if place < 10 else place}.aurora.example",
        quantity=1 + place % 3,
        choices={},
        months=12,
        currency=price.currency,
        state=state,
        reason=reason,
        is_renewing=place % 2 == 0,
        anchor_at=started_at,
        paid_until=months_after(started_at, 12),
        ordered_at=started_at,
        activated_at=None if state == SubscriptionState.PENDING else started_at,
    )


def _term(subscription: Subscription, *, at: datetime) -> Term:
    assert subscription.anchor_at and subscription.paid_until
    return Term(
        plan_id=subscription.plan_id,
        quantity=subscription.quantity,
        organization_id=subscription.organization_id,
        subscription=subscription,
        starts_at=subscription.anchor_at,
        ends_at=subscription.paid_until,
        months=subscription.months,
        price=subscription.price,
        net_minor=subscription.price.amount.times(subscription.quantity).minor,
        currency=subscription.currency,
        offered_at=subscription.anchor_at,
        paid_at=subscription.anchor_at,
    )


def _resource(subscription: Subscription, *, at: datetime) -> Resource:
    is_settled = subscription.state != SubscriptionState.PENDING
    return Resource(
        organization_id=subscription.organization_id,
        subject=subscription.public_id,
        driver="rehearsal",
        desired_presence=Presence.RUNNING,
        observed_presence=Presence.RUNNING if is_settled else Presence.UNKNOWN,
        observed_specification={"host": "web-02.example", "address": "2001:db8::17"} if is_settled else {},
        wished_at=at,
        is_settled=is_settled,
        settled_at=at if is_settled else None,
        next_attempt_at=None if is_settled else at,
        last_error="" if is_settled else "the server did not answer",
    )
