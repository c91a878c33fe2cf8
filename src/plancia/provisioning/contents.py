"""Contents: what is in a service, as its driver sees it. It is what somebody loses who gives the service up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

#: More than that nobody reads; the rest is counted.
MOST = 500


class ContentKind(StrEnum):
    """What a driver can name. A plug-in names what it has by the nearest of these."""

    ADDRESS = "address"
    APPLICATION = "application"
    BACKUP = "backup"
    CERTIFICATE = "certificate"
    DATABASE = "database"
    DOMAIN = "domain"
    FILES = "files"
    LIST = "list"
    MACHINE = "machine"
    MAILBOX = "mailbox"
    RECORDING = "recording"
    STREAM = "stream"
    WEBSITE = "website"
    OTHER = "other"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _LABELS[self]


@dataclass(frozen=True, slots=True)
class Content:
    """One thing in a service: its kind, and the name that its owner knows it by."""

    kind: ContentKind
    name: str


def written(contents: Iterable[Content]) -> list[dict[str, str]]:
    """Return contents as they are kept."""
    return [{"kind": content.kind.value, "name": content.name[:253]} for content in contents][:MOST]


def read(rows: Iterable[Mapping[str, str]]) -> list[Content]:
    """Return contents that were kept; what a later version named otherwise is `other`."""
    known = set(ContentKind)
    return [
        Content(ContentKind(row["kind"]) if row["kind"] in known else ContentKind.OTHER, row["name"]) for row in rows
    ]


def typed(text: str) -> list[Content]:
    """Return contents as people write them, one a line: “Backup: nightly”. A kind is named as people call it."""
    kinds = {str(kind.label).casefold(): kind for kind in ContentKind}
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        kind, colon, name = line.partition(":")
        known = kinds.get(kind.strip().casefold()) if colon and name.strip() else None
        found.append(Content(known, name.strip()) if known else Content(ContentKind.OTHER, line))
    return found


_LABELS = {
    ContentKind.ADDRESS: pgettext_lazy("content", "Web address"),
    ContentKind.APPLICATION: pgettext_lazy("content", "Application"),
    ContentKind.BACKUP: pgettext_lazy("content", "Backup"),
    ContentKind.CERTIFICATE: pgettext_lazy("content", "Certificate"),
    ContentKind.DATABASE: pgettext_lazy("content", "Database"),
    ContentKind.DOMAIN: pgettext_lazy("content", "Domain"),
    ContentKind.FILES: pgettext_lazy("content", "Files"),
    ContentKind.LIST: pgettext_lazy("content", "List"),
    ContentKind.MACHINE: pgettext_lazy("content", "Machine"),
    ContentKind.MAILBOX: pgettext_lazy("content", "Mailbox"),
    ContentKind.RECORDING: pgettext_lazy("content", "Recording"),
    ContentKind.STREAM: pgettext_lazy("content", "Stream"),
    ContentKind.WEBSITE: pgettext_lazy("content", "Website"),
    ContentKind.OTHER: pgettext_lazy("content", "Other"),
}
