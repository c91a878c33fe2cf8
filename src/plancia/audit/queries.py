"""What the trail can be asked, by the organization whose trail it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from plancia.audit.models import Entry
from plancia.kernel import pages
from plancia.kernel.pages import Page

#: The most that is exported at once; narrower dates export the rest.
MOST_EXPORTED = 50_000


@dataclass(frozen=True, slots=True)
class EntryRow:
    """Who did what to what, when, from where; `sequence` is its place in the chain, once it has one."""

    sequence: int | None
    at: datetime
    who: str
    kind: str
    ip: str
    action: str
    subject: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries to look at; what is empty narrows nothing."""

    who: str = ""
    action: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return self == Filter()


def entries(organization_id: UUID, wanted: Filter, *, page: int) -> Page[EntryRow]:
    """Return a page of an organization's trail, newest first. Two queries."""
    return pages.page_of(_found(organization_id, wanted).order_by("-at", "-pk"), _row, number=page)


def export(organization_id: UUID, wanted: Filter) -> Iterator[EntryRow]:
    """Return an organization's trail, oldest first, `MOST_EXPORTED` entries at the most. One query."""
    found = _found(organization_id, wanted).order_by("at", "pk")[:MOST_EXPORTED]
    return iter([_row(entry) for entry in found])


def actions(organization_id: UUID) -> list[str]:
    """Return what was ever done in an organization, by name. One query."""
    found = Entry.objects.filter(organization_id=organization_id).order_by("action")
    return list(found.values_list("action", flat=True).distinct())


def _found(organization_id: UUID, wanted: Filter) -> QuerySet[Entry]:
    found: QuerySet[Entry] = Entry.objects.filter(organization_id=organization_id).select_related("link")
    if wanted.who:
        found = found.filter(actor_label__icontains=wanted.who)
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.text:
        found = found.filter(
            Q(subject__icontains=wanted.text) | Q(ip__icontains=wanted.text) | Q(details__icontains=wanted.text)
        )
    if wanted.since:
        found = found.filter(at__gte=wanted.since)
    if wanted.until:
        found = found.filter(at__lt=wanted.until)
    return found


def _row(entry: Entry) -> EntryRow:
    return EntryRow(
        sequence=entry.link.sequence if hasattr(entry, "link") else None,
        at=entry.at,
        who=entry.actor_label,
        kind=entry.actor_kind,
        ip=entry.ip,
        action=entry.action,
        subject=entry.subject,
        details=entry.details,
    )
