"""Access: the customer's leave for staff to look at her console, for a while."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.support.models import AccessGrant

#: How long a customer may let staff in, in hours.
HOURS = (1, 24, 168)


class AccessTooLong(Refusal):
    """Staff are let in for a while, never for good."""

    code = "access_too_long"
    sentence = _("Choose one of the times offered.")
    field = "hours"


@transaction.atomic
def grant(
    *, organization_id: UUID, hours: int, actor: Actor, at: datetime, request_id: UUID | None = None
) -> AccessGrant:
    """Let staff look at an organization's console for so many hours. Raises: AccessTooLong."""
    if hours not in HOURS:
        raise AccessTooLong()
    granted: AccessGrant = AccessGrant.objects.create(
        organization_id=organization_id,
        request_id=request_id,
        granted_by=actor.label,
        granted_at=at,
        expires_at=at + timedelta(hours=hours),
    )
    trail.record(
        actor, "support.access_granted", granted.public_id, organization_id=organization_id, at=at, hours=hours
    )
    return granted


@transaction.atomic
def revoke(*, organization_id: UUID, actor: Actor, at: datetime) -> int:
    """End whatever leave staff have in an organization; return how many there were."""
    ended: int = AccessGrant.objects.filter(organization_id=organization_id, revoked_at=None, expires_at__gt=at).update(
        revoked_at=at
    )
    if ended:
        trail.record(actor, "support.access_revoked", str(ended), organization_id=organization_id, at=at)
    return ended


def current(organization_id: UUID, *, at: datetime) -> AccessGrant | None:
    """Return the leave that staff have now, the longest; None where they have none."""
    found: AccessGrant | None = (
        AccessGrant.objects.filter(organization_id=organization_id, revoked_at=None, expires_at__gt=at)
        .order_by("-expires_at", "-pk")
        .first()
    )
    return found
