"""What happens to orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(Event):
    """An order was sent off, and waits for its money."""

    name: ClassVar[str] = "order.placed"

    order: str
    total_minor: int
    currency: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(Event):
    """The whole amount of an order came; `invoice` is empty where there was nothing to pay."""

    name: ClassVar[str] = "order.paid"

    order: str
    invoice: str
    total_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUnderpaid(Event):
    """Money came that does not pay the order: it is kept on the prepaid account, and the order still waits."""

    name: ClassVar[str] = "order.underpaid"

    order: str
    payment: str
    kept_minor: int
    missing_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaymentKept(Event):
    """Money came for an order that waits for none, or more than it asked: it is kept on the prepaid account."""

    name: ClassVar[str] = "order.payment_kept"

    order: str
    payment: str
    kept_minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHeld(Event):
    """An order was sent off, and waits until staff have looked at it."""

    name: ClassVar[str] = "order.held"

    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReleased(Event):
    """Staff let a held order go: it waits for its money."""

    name: ClassVar[str] = "order.released"

    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefused(Event):
    """Staff refused a held order, for a reason that the customer reads."""

    name: ClassVar[str] = "order.refused"

    order: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(Event):
    """The customer gave up an order that was not paid."""

    name: ClassVar[str] = "order.cancelled"

    order: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderExpired(Event):
    """Nobody paid an order in time."""

    name: ClassVar[str] = "order.expired"

    order: str
