"""Keys: UUIDv7 inside, TypeIDs (`org_01k…`) outside. Source: TypeID specification 0.3, RFC 9562."""

from __future__ import annotations

from uuid import UUID

import uuid_utils
from typeid import TypeID
from typeid.errors import TypeIDException


def new() -> UUID:
    """Return a new key, in order of time."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def public(prefix: str, key: UUID) -> str:
    """Return how `key` is shown outside: `prefix_` and 26 characters."""
    return str(TypeID.from_uuid(suffix=key, prefix=prefix))  # type: ignore[arg-type]  # any UUID will do


def parse(prefix: str, text: str) -> UUID | None:
    """Return the key that `text` shows, or None where it is no id with that prefix."""
    try:
        found = TypeID.from_string(text)
    except (TypeIDException, ValueError):
        return None
    return UUID(bytes=found.uuid.bytes) if found.prefix == prefix else None
