"""What handing over can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.handover.models import Handover
from plancia.kernel import pages
from plancia.kernel.pages import Page


@dataclass(frozen=True, slots=True)
class HandoverRow:
    """An offer in the list; `state` is open, expired, cancelled, accepted, done or failed."""

    public_id: str
    products: int
    email: str
    state: str
    offered_by: str
    offered_at: datetime
    expires_at: datetime


def handovers(organization_id: UUID, *, page: int, at: datetime) -> Page[HandoverRow]:
    """Return a page of the offers of an organization, newest first. Two queries."""
    found = Handover.objects.filter(organization_id=organization_id).order_by("-offered_at", "-pk")
    return pages.page_of(
        found,
        lambda one: HandoverRow(
            public_id=one.public_id,
            products=len(one.subscriptions),
            email=one.email,
            state=state_of(one, at=at),
            offered_by=one.offered_by,
            offered_at=one.offered_at,
            expires_at=one.expires_at,
        ),
        number=page,
    )


def state_of(handover: Handover, *, at: datetime) -> str:
    """Return how an offer stands."""
    if handover.cancelled_at:
        return "cancelled"
    if handover.accepted_at:
        return "failed" if handover.failure else "done" if handover.done_at else "accepted"
    return "open" if handover.expires_at > at else "expired"
