from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True)
class AutomaticTopUpStopped(Event):
    """The prepaid account is not topped up by itself any more, since a try failed. `code` says why."""

    name: ClassVar[str] = "prepaid.automatic_stopped"

    code: str


@dataclass(frozen=True, slots=True)
class RefundEnded(Event):
    """Money went back to the card or account it came from; or, not `is_done`, it stayed on the prepaid account."""

    name: ClassVar[str] = "refund.ended"

    refund: str
    payment: str
    is_done: bool
