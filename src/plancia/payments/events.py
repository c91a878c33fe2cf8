from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.kernel.money import Money
from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True)
class PaymentSucceeded(Event):
    """Money came, and stands in the organization's *incoming* account until its purpose takes it."""

    name: ClassVar[str] = "payment.succeeded"

    payment: str
    purpose: str
    amount_minor: int
    currency: str
    method: str

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True)
class PaymentFailed(Event):
    """Money will not come. `code` says why: "insufficient_funds", "not_authenticated", "given_up" …"""

    name: ClassVar[str] = "payment.failed"

    payment: str
    purpose: str
    code: str
