from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.kernel.money import Money
from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True)
class PayoutAsked(Event):
    """Money is to leave, and is set apart until it has."""

    name: ClassVar[str] = "payout.asked"

    payout: str
    purpose: str
    amount_minor: int
    currency: str

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class PayoutPaid(Event):
    """Money has left to where it was wished."""

    name: ClassVar[str] = "payout.paid"

    payout: str
    purpose: str


@dataclass(frozen=True, slots=True)
class PayoutFailed(Event):
    """Money did not leave, or came back: it is where it came from. `state` says which, `reason` why."""

    name: ClassVar[str] = "payout.failed"

    payout: str
    purpose: str
    state: str
    reason: str
