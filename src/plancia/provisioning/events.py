from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceSettled(Event):
    """A service is as it should be: `presence` is "running", "suspended" or "absent"."""

    name: ClassVar[str] = "resource.settled"

    resource: str
    subject: str
    presence: str
