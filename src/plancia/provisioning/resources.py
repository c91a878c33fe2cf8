"""Resources: what somebody wants of a driver."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.kernel import columns, transaction
from plancia.provisioning import turns
from plancia.provisioning.models import Resource
from plancia.provisioning.states import Presence


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the service of `subject` should be."""

    organization_id: UUID
    subject: str
    driver: str
    presence: Presence
    specification: Mapping[str, object]


@transaction.atomic
def want(wishes: Sequence[Wish], *, at: datetime) -> list[Resource]:
    """
    Say what services should be, one or thousands. Saying the same again changes nothing.

    The driver is chosen the first time: a service stays in the world where it was made.
    """
    if any(wish.presence is Presence.UNKNOWN for wish in wishes):
        raise ValueError("nobody wants a service to be unknown")
    subjects = [wish.subject for wish in wishes]
    known = set(Resource.objects.filter(subject__any_of=subjects).values_list("subject", flat=True))
    new = {wish.subject: _new(wish, at=at) for wish in wishes if wish.subject not in known}
    # Somebody else may wish for the same at this moment: then his is there, and ours is another wish for it.
    Resource.objects.bulk_create(new.values(), ignore_conflicts=True)
    held = {resource.subject: resource for resource in Resource.objects.filter(subject__any_of=subjects).locked()}
    changed = []
    for wish in wishes:
        resource, specification = held[wish.subject], dict(wish.specification)
        if (resource.desired_presence, resource.desired_specification) != (wish.presence, specification):
            resource.wish_for(wish.presence, specification, at=at)
            changed.append(resource)
    _write(changed)
    mine = [resource for resource in held.values() if resource.pk in {one.pk for one in new.values()}]
    for driver in sorted({resource.driver for resource in [*changed, *mine]}):
        turns.ask(driver)
    return [held[subject] for subject in subjects]


def _new(wish: Wish, *, at: datetime) -> Resource:
    return Resource(
        subject=wish.subject,
        organization_id=wish.organization_id,
        driver=wish.driver,
        desired_presence=wish.presence,
        desired_specification=dict(wish.specification),
        wished_at=at,
        next_attempt_at=at,
    )


_COLUMNS = {
    "id": "uuid",
    "desired_presence": "text",
    "desired_specification": "jsonb",
    "wish": "integer",
    "wished_at": "timestamptz",
    "is_settled": "boolean",
    "attempts": "integer",
    "last_error": "text",
    "next_attempt_at": "timestamptz",
    "waiting_since": "timestamptz",
}


def _write(changed: Sequence[Resource]) -> None:
    rows = [[_plain(getattr(one, name)) for name in _COLUMNS] for one in changed]
    columns.update(Resource._meta.db_table, _COLUMNS, rows)


def _plain(value: object) -> object:
    return json.dumps(value) if isinstance(value, dict) else value
