"""What handing over hears of."""

from __future__ import annotations

from datetime import datetime

from plancia.handover import moving
from plancia.handover.events import HandoverAccepted
from plancia.handover.models import Handover
from plancia.outbox import facts


@facts.handles(HandoverAccepted)
def on_handover_accepted(event: HandoverAccepted, *, at: datetime) -> None:
    """Move the products; it takes sight of both organizations, which the web never has."""
    handover: Handover = Handover.objects.by_public_id(event.handover).get()
    moving.carry_out(handover_id=handover.pk, at=at)
