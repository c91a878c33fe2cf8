"""Facts about organizations and their members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationFounded(Event):
    """Somebody became a customer."""

    name: ClassVar[str] = "organization.founded"
    organization: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Event):
    """A user became a member."""

    name: ClassVar[str] = "member.joined"
    organization: str
    user: str
    role: str
