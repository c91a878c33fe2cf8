"""What a service should be, and what it was seen to be."""

from __future__ import annotations

from enum import StrEnum


class Presence(StrEnum):
    """How a service is, or should be."""

    UNKNOWN = "unknown"
    ABSENT = "absent"
    RUNNING = "running"
    SUSPENDED = "suspended"
