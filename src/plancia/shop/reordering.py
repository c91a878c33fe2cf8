"""Reordering: what an order had, once more, in a cart and at the prices of today."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from plancia.kernel import transaction
from plancia.kernel.refusals import Refusal
from plancia.shop import cart as carts
from plancia.shop.models import OrderLine


@transaction.atomic
def put(*, order_id: UUID, cart_id: UUID, at: datetime) -> list[Refusal]:
    """Put the lines of an order into a cart; return why some were not possible: not sold any more, or there already."""
    refusals: list[Refusal] = []
    for line in OrderLine.objects.filter(order_id=order_id).select_related("plan").order_by("position"):
        try:
            with transaction.atomic():
                carts.add(
                    cart_id=cart_id,
                    plan_code=line.plan.code,
                    months=line.months,
                    quantity=line.quantity,
                    choices={name: str(value) for name, value in line.choices.items()},
                    at=at,
                )
        except Refusal as refusal:
            refusals.append(refusal)
    return refusals
