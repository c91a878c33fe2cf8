from __future__ import annotations

from datetime import datetime

from plancia.organizations.events import OrganizationFounded
from plancia.outbox import facts
from plancia.payments import customer_references, profiles


@facts.handles(OrganizationFounded)
def on_organization_founded(event: OrganizationFounded, *, at: datetime) -> None:
    """Let a new organization find its prepaid account among its payment methods, and its reference for transfers."""
    if event.organization_id:
        profiles.open_prepaid(organization_id=event.organization_id, at=event.happened_at)
        customer_references.of(event.organization_id, at=event.happened_at)
