"""Facts about support."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOpened(Event):
    """A customer asks for help."""

    name: ClassVar[str] = "support.request_opened"
    request: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestAnswered(Event):
    """Staff answered a request."""

    name: ClassVar[str] = "support.request_answered"
    request: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContinued(Event):
    """A customer wrote again in her request."""

    name: ClassVar[str] = "support.request_continued"
    request: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentTold(Event):
    """Something new is known of an incident or of maintenance."""

    name: ClassVar[str] = "support.incident_told"
    incident: str
    update: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAsked(Event):
    """Somebody wants to be told of incidents by mail, and has to prove her address."""

    name: ClassVar[str] = "support.status_asked"
    subscriber: str
