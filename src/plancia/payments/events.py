from __future__ import annotations

from dataclasses import dataclass
from datetime import date
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
    """
    Money will not come. `code` says why: "insufficient_funds", "not_authenticated", "given_up" …

    `is_unattended`: a saved profile was charged, and the customer was not there to see it.
    """

    name: ClassVar[str] = "payment.failed"

    payment: str
    purpose: str
    code: str
    is_unattended: bool = False


@dataclass(frozen=True, slots=True)
class ProfileSaved(Event):
    """A card or a PayPal account can be charged without asking again."""

    name: ClassVar[str] = "profile.saved"

    profile: str


@dataclass(frozen=True, slots=True)
class ProfileRemoved(Event):
    """A payment profile was given up: it is charged no more."""

    name: ClassVar[str] = "profile.removed"

    profile: str


@dataclass(frozen=True, slots=True)
class ProfileExpiring(Event):
    """The last day of a saved card comes near."""

    name: ClassVar[str] = "profile.expiring"

    profile: str
    name_shown: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class PaymentDisputed(Event):
    """Somebody took a payment back through her bank: the organization owes it again."""

    name: ClassVar[str] = "payment.disputed"

    payment: str
    purpose: str
    amount_minor: int
    currency: str
