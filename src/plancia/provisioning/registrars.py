"""
Registrars: asking whether names are still free. A driver that can tell has `free_names`; the others are not asked.

What a registrar said is remembered for some minutes: a search asks for many names, and each page again.
Source: docs/decisions/0043-names-are-looked-up-when-somebody-asks.md
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

from django.core.cache import cache

from plancia.provisioning import drivers
from plancia.provisioning.drivers import DriverFailed

_REMEMBERED_SECONDS = 300


class Availability(StrEnum):
    """Whether a name can be registered. Unknown: nobody could tell now."""

    FREE = "free"
    TAKEN = "taken"
    UNKNOWN = "unknown"


@runtime_checkable
class Registrar(Protocol):
    """A driver that knows which names are free. It answers within seconds, or raises DriverFailed."""

    def free_names(self, names: Sequence[str]) -> Mapping[str, bool]:
        """Return for each name, in ASCII, whether it is free; names that it cannot tell are left out."""


def availability(driver: str, names: Sequence[str]) -> dict[str, Availability]:
    """Return what the registrar behind a driver says of each name, in ASCII. Never fails: what is not known is so."""
    keys = {name: f"registrar:{driver}:{name}" for name in names}
    known = cache.get_many(keys.values())
    result = {name: Availability(known[key]) for name, key in keys.items() if key in known}
    missing = [name for name in names if name not in result]
    if missing:
        told = _ask(driver, missing)
        result |= {name: told.get(name, Availability.UNKNOWN) for name in missing}
        cache.set_many({keys[name]: str(said) for name, said in told.items()}, _REMEMBERED_SECONDS)
    return result


def _ask(driver: str, names: Sequence[str]) -> dict[str, Availability]:
    try:
        registrar = drivers.load(driver)
        if not isinstance(registrar, Registrar):
            return {}
        free = registrar.free_names(names)
    except DriverFailed:
        return {}
    return {name: Availability.FREE if is_free else Availability.TAKEN for name, is_free in free.items()}
