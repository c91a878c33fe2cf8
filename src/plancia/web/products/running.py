"""The service behind a product, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.provisioning.models import Resource


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """What was seen of a service, in words: `state` is a key of the kit's pills."""

    state: str
    details: tuple[tuple[str, str], ...]
    seen_at: datetime | None
    is_stuck: bool


def service(organization_id: UUID, subject: str) -> ServiceRow | None:
    """Return the service of a product, or None before anything was asked for. One query."""
    resource = Resource.objects.filter(organization_id=organization_id, subject=subject).first()
    if resource is None:
        return None
    is_stuck = bool(resource.last_error) and not resource.is_settled
    state = resource.observed_presence
    if not resource.is_settled:
        state = "stuck" if is_stuck else "settling"
    details = tuple(
        (name.replace("_", " "), str(value))
        for name, value in resource.observed_specification.items()
        if isinstance(value, str | int) and not isinstance(value, bool)
    )
    return ServiceRow(state, details, resource.settled_at or resource.last_attempt_at, is_stuck)
