"""Facts about handing over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverOffered(Event):
    """An organization offers products to whoever has the link; it goes by mail, where an address was given."""

    name: ClassVar[str] = "handover.offered"
    handover: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverAccepted(Event):
    """Somebody takes the products for an organization of hers; they move next."""

    name: ClassVar[str] = "handover.accepted"
    handover: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionHandedOver(Event):
    """A product belongs to another organization from now on, with the time that is paid; told to both."""

    name: ClassVar[str] = "subscription.handed_over"
    subscription: str
    giver: str
    receiver: str
