"""The states of an order."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.kernel.states import Moves


class OrderState(StrEnum):
    HELD = "held"
    OPEN = "open"
    PAID = "paid"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _STATES[self]


ORDER_MOVES = Moves(
    {
        OrderState.HELD: {OrderState.OPEN, OrderState.CANCELLED, OrderState.EXPIRED},
        OrderState.OPEN: {OrderState.PAID, OrderState.CANCELLED, OrderState.EXPIRED},
        OrderState.PAID: set(),
        OrderState.CANCELLED: set(),
        OrderState.EXPIRED: set(),
    }
)

_STATES = {
    OrderState.HELD: _("Being checked"),
    OrderState.OPEN: _("Waiting for payment"),
    OrderState.PAID: _("Paid"),
    OrderState.CANCELLED: _("Cancelled"),
    OrderState.EXPIRED: _("Expired"),
}
