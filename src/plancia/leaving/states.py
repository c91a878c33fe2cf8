"""The states of a wish to give something up."""

from __future__ import annotations

from enum import StrEnum


class RequestState(StrEnum):
    """Read from the instants of a request; not stored."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
