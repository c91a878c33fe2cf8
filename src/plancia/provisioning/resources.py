"""Resources: what somebody wants of a driver."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from plancia.kernel import transaction
from plancia.provisioning import turns
from plancia.provisioning.models import Resource
from plancia.provisioning.states import Presence


@transaction.atomic
def want(
    *,
    organization_id: UUID,
    subject: str,
    driver: str,
    presence: Presence,
    specification: Mapping[str, object],
    at: datetime,
) -> Resource:
    """
    Say what the service of `subject` should be. Saying the same again changes nothing.

    The driver is chosen the first time: a service stays in the world where it was made.
    """
    if presence is Presence.UNKNOWN:
        raise ValueError("nobody wants a service to be unknown")
    resource, is_new = Resource.objects.get_or_create(
        subject=subject,
        defaults={
            "organization_id": organization_id,
            "driver": driver,
            "desired_presence": presence,
            "desired_specification": dict(specification),
            "wished_at": at,
            "next_attempt_at": at,
        },
    )
    resource = Resource.objects.locked().get(pk=resource.pk)
    if not is_new:
        if (resource.desired_presence, resource.desired_specification) == (presence, dict(specification)):
            return resource
        resource.wish_for(presence, dict(specification), at=at)
    turns.ask(resource.driver)
    return resource
