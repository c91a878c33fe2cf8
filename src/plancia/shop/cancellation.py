"""Cancellation: how an order that was not paid ends, by the customer's wish or by time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.refusals import Refusal
from plancia.outbox import facts
from plancia.promotions import taking
from plancia.shop import events, settling
from plancia.shop.models import Order


class OrderNotOpen(Refusal):
    """Only an order that waits for its money can be given up."""

    code = "order_not_open"
    sentence = _("This order cannot be cancelled: it is “%(state)s”.")


@transaction.atomic
def cancel(*, order_id: UUID, actor: Actor, at: datetime) -> Order:
    """
    Give up an order that is not paid: codes and offers that it took can be used again.

    Money that comes for it later goes to the prepaid account.

    Raises: OrderNotOpen.
    """
    order = settling.lock(order_id)
    if not (order.is_open or order.is_held):
        raise OrderNotOpen(state=order.label)
    order.cancel(at=at)
    taking.give_back(order_id=order.pk, organization_id=order.organization_id, at=at)
    trail.record(
        actor, "order.cancelled", order.public_id, organization_id=order.organization_id, at=at, number=order.number
    )
    facts.publish(events.OrderCancelled(organization_id=order.organization_id, happened_at=at, order=order.public_id))
    return order


def expire_due(*, at: datetime, limit: int = 500) -> int:
    """
    End the orders that nobody paid in time, one transaction each, and return how many. Asked by the worker, as staff.
    """
    due = (
        Order.objects.filter(state__in=["open", "held"], expires_at__lte=at)
        .order_by("expires_at", "pk")
        .values_list("pk", flat=True)
    )
    return sum(_expire(order_id, at=at) for order_id in list(due[:limit]))


@transaction.atomic
def _expire(order_id: UUID, *, at: datetime) -> bool:
    order = settling.lock(order_id)
    if not (order.is_open or order.is_held):
        return False
    order.expire(at=at)
    taking.give_back(order_id=order.pk, organization_id=order.organization_id, at=at)
    trail.record(
        SYSTEM, "order.expired", order.public_id, organization_id=order.organization_id, at=at, number=order.number
    )
    facts.publish(events.OrderExpired(organization_id=order.organization_id, happened_at=at, order=order.public_id))
    return True
