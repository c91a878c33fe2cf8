"""The states of an order."""

from __future__ import annotations

from enum import StrEnum

from plancia.kernel.states import Moves


class OrderState(StrEnum):
    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


ORDER_MOVES = Moves(
    {
        OrderState.OPEN: {OrderState.PAID, OrderState.CANCELLED, OrderState.EXPIRED},
        OrderState.PAID: set(),
        OrderState.CANCELLED: set(),
        OrderState.EXPIRED: set(),
    }
)
