"""Actors: who asks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ActorKind(StrEnum):
    USER = "user"
    STAFF = "staff"
    GATEWAY = "gateway"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: `label` is what people read, `ip` where they asked from."""

    kind: ActorKind
    label: str
    user_id: UUID | None = None
    ip: str = ""


SYSTEM = Actor(ActorKind.SYSTEM, "Plancia")
