"""Reading what is provisioned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.provisioning import contents
from plancia.provisioning.contents import Content
from plancia.provisioning.models import ManualTask, Resource

#: From here on staff should look. Source: docs/decisions/0008-reconciling.md
STUCK_ATTEMPTS = 3
STUCK_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """
    A service as people read it: what it should be, what it was seen to be, and the `facts` about it.

    `contents` are what was last seen in it, None where its driver cannot tell; gone with it at `removed_at`.
    """

    id: str
    subject: str
    driver: str
    desired: str
    observed: str
    facts: Mapping[str, object]
    is_settled: bool
    is_waiting: bool
    attempts: int
    last_error: str
    next_attempt_at: datetime | None
    settled_at: datetime | None
    contents: list[Content] | None
    contents_seen_at: datetime | None
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StuckRow:
    """A service that is not what it should be for too long, and `why`, for staff."""

    id: str
    organization_id: UUID
    organization_name: str
    subject: str
    driver: str
    desired: str
    observed: str
    attempts: int
    since: datetime
    next_attempt_at: datetime | None
    why: str | Promise


def resource_of(subject: str) -> ResourceRow | None:
    """Return the service that `subject` wants; None where it wants none, or it is another organization's."""
    return resources_of([subject]).get(subject)


def resources_of(subjects: Iterable[str]) -> dict[str, ResourceRow]:
    """Return the services that `subjects` want, by subject. One query."""
    return {resource.subject: _row(resource) for resource in Resource.objects.filter(subject__in=list(subjects))}


def _row(resource: Resource) -> ResourceRow:
    return ResourceRow(
        id=resource.public_id,
        subject=resource.subject,
        driver=resource.driver,
        desired=resource.desired_presence,
        observed=resource.observed_presence,
        facts=resource.observed_specification,
        is_settled=resource.is_settled,
        is_waiting=resource.waiting_since is not None,
        attempts=resource.attempts,
        last_error=resource.last_error,
        next_attempt_at=resource.next_attempt_at,
        settled_at=resource.settled_at,
        contents=None if resource.contents is None else contents.read(resource.contents),
        contents_seen_at=resource.contents_seen_at,
        removed_at=resource.removed_at,
    )


def stuck(at: datetime) -> list[StuckRow]:
    """Return what failed again and again, or is not there after a quarter of an hour; the oldest wish first."""
    found = (
        Resource.objects.select_related("organization")
        .annotate(has_task=Exists(ManualTask.objects.filter(resource=OuterRef("pk"), done_at=None)))
        .filter(is_settled=False)
        .filter(Q(attempts__gte=STUCK_ATTEMPTS) | Q(wished_at__lte=at - STUCK_AFTER))
        .order_by("wished_at", "pk")
    )
    return [
        StuckRow(
            id=resource.public_id,
            organization_id=resource.organization_id,
            organization_name=resource.organization.name,
            subject=resource.subject,
            driver=resource.driver,
            desired=resource.desired_presence,
            observed=resource.observed_presence,
            attempts=resource.attempts,
            since=resource.wished_at,
            next_attempt_at=resource.next_attempt_at,
            why=_why(resource, resource.has_task, at),
        )
        for resource in found
    ]


def drivers_due(at: datetime) -> list[str]:
    """Return the drivers that have something to do at `at`, by name."""
    due = Resource.objects.filter(is_settled=False, next_attempt_at__lte=at)
    free = due.filter(Q(leased_until=None) | Q(leased_until__lte=at))
    return list(free.order_by("driver").values_list("driver", flat=True).distinct())


def _why(resource: Resource, has_task: bool, at: datetime) -> str | Promise:
    if resource.last_error:
        return resource.last_error
    if has_task:
        return _("A task for staff is open.")
    if resource.waiting_since:
        return _("The driver works on it and has not finished.")
    if resource.leased_until and resource.leased_until > at:
        return _("A worker is at it.")
    return _("No worker has taken it up: is one running?")
