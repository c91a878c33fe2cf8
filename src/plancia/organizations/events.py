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
class OrganizationChanged(Event):
    """An organization has another name, address, language or the like; `fields` names what changed."""

    name: ClassVar[str] = "organization.changed"
    organization: str
    fields: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberJoined(Event):
    """A user became a member."""

    name: ClassVar[str] = "member.joined"
    organization: str
    user: str
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberInvited(Event):
    """Somebody is asked by mail to become a member, for the first time or again."""

    name: ClassVar[str] = "member.invited"
    invitation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChanged(Event):
    """A member has another role, or the billing switch was turned."""

    name: ClassVar[str] = "member.changed"
    organization: str
    user: str
    role: str
    has_billing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberBlocked(Event):
    """A member was blocked: she finds nothing of the organization until somebody lets her in again."""

    name: ClassVar[str] = "member.blocked"
    organization: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberUnblocked(Event):
    """A blocked member may come in again."""

    name: ClassVar[str] = "member.unblocked"
    organization: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(Event):
    """A user is a member no more; she left, or was removed."""

    name: ClassVar[str] = "member.removed"
    organization: str
    user: str
