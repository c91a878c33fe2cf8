"""
Moving: what stands in a product's way, and the move itself, with the time that is paid.

The books stay where they are: invoices, payments and the terms that were billed belong to who paid them. The receiver
gets the rest of the paid time as a term that costs nothing. Source: docs/decisions/0060-time-moves-and-books-stay.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.handover import events
from plancia.handover.models import Handover
from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.rows import Row
from plancia.mailboxes.models import Mailbox
from plancia.organizations.models import Organization, ProductRight
from plancia.outbox import facts
from plancia.provisioning.models import ManualTask, Resource
from plancia.subscriptions.models import Cancellation, Change, Discount, Subscription, Term
from plancia.subscriptions.states import SubscriptionState

#: Rows of a product that go with it, and how they name it. Its terms do not: see `_move_time`.
MOVED: dict[type[Row], str] = {
    Cancellation: "subscription",
    Change: "subscription",
    Discount: "subscription",
    Mailbox: "product",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A product in the report: until when it is paid, and what stands in the way, if anything."""

    id: UUID
    public_id: str
    name: str
    product_type: str
    currency: str
    paid_until: datetime | None
    obstacle: str | Promise


def report(organization_id: UUID, subscription_ids: Sequence[UUID], *, at: datetime) -> list[Line]:
    """Return what would move, by name, and what stands in its way. Changes nothing. One query."""
    waiting = {"subscription": OuterRef("pk"), "withdrawn_at": None}
    found = Subscription.objects.filter(organization_id=organization_id, pk__in=subscription_ids).annotate(
        is_offered=Exists(Term.objects.filter(**waiting, paid_at=None)),
        is_ending=Exists(Cancellation.objects.filter(**waiting, ended_at=None)),
        is_changing=Exists(Change.objects.filter(**waiting, applied_at=None)),
    )
    return [
        Line(
            id=one.pk,
            public_id=one.public_id,
            name=one.name,
            product_type=one.product_type,
            currency=one.currency,
            paid_until=one.paid_until,
            obstacle=_obstacle(one),
        )
        for one in found.order_by("name", "pk")
    ]


def _obstacle(subscription: Subscription) -> str | Promise:
    row = subscription.__dict__  # annotated by report
    if subscription.state != SubscriptionState.ACTIVE:
        return _("it is not active.")
    if row["is_ending"]:
        return _("it is cancelled. Take the cancellation back first.")
    if row["is_offered"]:
        return _("its renewal is waiting to be paid. Pay it first.")
    return _("a change of it is waiting. Take the change back first.") if row["is_changing"] else ""


@transaction.atomic
def carry_out(*, handover_id: UUID, at: datetime) -> bool:
    """
    Move the products of an accepted offer, as staff; say whether they moved. What has moved already stays moved.

    Where something came in between, nothing moves, and the offer says what it was.
    """
    accepted: Handover = Handover.objects.get(pk=handover_id)
    both = sorted([accepted.organization_id, accepted.receiver_id or accepted.organization_id])
    owners = {one.pk: one for one in Organization.objects.locked().filter(pk__in=both)}
    handover: Handover = Handover.objects.locked().get(pk=handover_id)
    if handover.done_at or handover.failure or handover.receiver_id is None:
        return handover.done_at is not None
    giver, receiver = owners[handover.organization_id], owners[handover.receiver_id]

    keys = [UUID(key) for key in handover.subscriptions]
    held = list(Subscription.objects.filter(pk__in=keys, organization=giver).locked())
    obstacle = _obstacle_of_all(giver, receiver, keys, at=at)
    if obstacle:
        handover.mark_failed(failure=obstacle)
        return False
    for subscription in held:
        _move(subscription, giver, receiver, at=at)
    handover.mark_done(at=at)
    names = [subscription.name for subscription in held]
    trail.record(
        SYSTEM,
        "transfer.received",
        handover.public_id,
        organization_id=receiver.pk,
        at=at,
        products=names,
        giver=giver.name,
    )
    trail.record(
        SYSTEM,
        "transfer.done",
        handover.public_id,
        organization_id=giver.pk,
        at=at,
        products=names,
        receiver=receiver.name,
    )
    return True


def _obstacle_of_all(giver: Organization, receiver: Organization, keys: Sequence[UUID], *, at: datetime) -> str:
    lines = report(giver.pk, keys, at=at)
    if len(lines) != len(keys):
        return "a product is not there any more"
    blocked = next((f"{line.name}: {line.obstacle}" for line in lines if line.obstacle), "")
    return blocked or ("" if {line.currency for line in lines} <= {receiver.currency} else "the currency differs")


def _move(subscription: Subscription, giver: Organization, receiver: Organization, *, at: datetime) -> None:
    _move_time(subscription, receiver, at=at)
    subscription.organization = receiver
    # Who pays from now on is asked anew: the giver's wish to renew was about the giver's money.
    subscription.is_renewing = False
    subscription.save(update_fields=["organization", "is_renewing"])
    for model, name in MOVED.items():
        rows: QuerySet[Any] = model.objects.filter(**{name: subscription})
        rows.update(organization_id=receiver.pk)
    resources = Resource.objects.filter(subject=subscription.public_id)
    ManualTask.objects.filter(resource__in=resources).update(organization=receiver)
    resources.update(organization=receiver)
    ProductRight.objects.filter(organization=giver, product_id=subscription.pk).delete()
    facts.publish_all(
        [
            events.SubscriptionHandedOver(
                organization_id=one.pk,
                happened_at=at,
                subscription=subscription.public_id,
                giver=giver.public_id,
                receiver=receiver.public_id,
            )
            for one in (giver, receiver)
        ]
    )


def _move_time(subscription: Subscription, receiver: Organization, *, at: datetime) -> None:
    """Give the receiver the rest of the paid time, at no cost; what was billed stays as it was, and ends here."""
    paid = list(
        Term.objects.locked().filter(
            subscription=subscription, withdrawn_at=None, paid_at__isnull=False, ends_at__gt=at
        )
    )
    moved = [
        Term(
            id=ids.new(),
            organization=receiver,
            subscription=subscription,
            starts_at=max(term.starts_at, at),
            ends_at=term.ends_at,
            plan_id=term.plan_id,
            quantity=term.quantity,
            months=term.months,
            price_id=term.price_id,
            net_minor=0,
            currency=term.currency,
            offered_at=at,
            paid_at=at,
        )
        for term in paid
    ]
    for term in paid:
        term.hand_over(at=at)
    Term.objects.bulk_create(moved)
