"""What the bank's entries may be for: orders that wait for a transfer."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from plancia.bank import matching
from plancia.bank.matching import Target
from plancia.bank.models import BankEntry
from plancia.shop.models import Order
from plancia.shop.states import OrderState

_MOST = 200


@matching.finds
def order(text: str) -> Target | None:
    """Return the order that a reference, a number or a public id stands for, open or not."""
    plain = text.upper().replace(" ", "")
    found: Order | None = (
        Order.objects.by_public_id(text).first()
        or Order.objects.filter(Q(payment_reference=plain) | Q(number=text.upper())).first()
    )
    return _target(found) if found is not None else None


@matching.guesses
def open_orders(entry: BankEntry) -> Iterable[Target]:
    """Return the open orders over the very amount."""
    same = Order.objects.filter(state=OrderState.OPEN, currency=entry.currency, total_minor=entry.amount_minor)
    yield from (_target(one) for one in same.order_by("-placed_at", "-pk")[:_MOST])


def _target(found: Order) -> Target:
    return Target(
        organization_id=found.organization_id,
        purpose=found.public_id,
        label=found.number,
        currency=found.currency,
        open=found.total,
    )
