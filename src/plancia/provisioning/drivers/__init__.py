"""
Drivers: how services are really made. One is a class with six verbs, found by its entry point.

A driver knows nothing of customers, plans or money. It is told what a service should be, and says what it sees.
Plug-ins name theirs in the group `plancia.drivers`. Source: docs/decisions/0008-reconciling.md
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import metadata
from typing import Protocol

from plancia.provisioning.contents import Content
from plancia.provisioning.states import Presence

GROUP = "plancia.drivers"


@dataclass(frozen=True, slots=True)
class Request:
    """
    What is asked of a driver: that the service named `key` be as said.

    `key` never changes and is never used again for another service.
    """

    key: str
    organization: str
    subject: str
    presence: Presence
    specification: Mapping[str, object]
    at: datetime


@dataclass(frozen=True, slots=True)
class Observation:
    """
    What a driver sees of a service.

    `specification` is the one that the service was built to, `facts` what people want to read about it: addresses,
    names, sizes. `contents` are what its owner would lose with it, backups among them; None where the driver cannot
    tell. Where `presence` is not what was asked for, and nothing was raised, the work is under way.
    """

    presence: Presence
    specification: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)
    contents: Sequence[Content] | None = None


class DriverFailed(Exception):
    """The service cannot be brought to what is asked; the message is for staff. It is tried again later."""


class Driver(Protocol):
    """
    Makes services of one kind.

    Every verb may be called twice, or after a call whose answer was lost: it brings the service to what it says,
    whatever it is now, and returns what it then sees. It ends by itself within `reconciling.PATIENCE` and raises
    DriverFailed where it cannot. No transaction is open when it is called, so it may use the network.
    """

    def create(self, request: Request) -> Observation:
        """Make the service, running."""

    def change(self, request: Request) -> Observation:
        """Bring a running service to another specification."""

    def suspend(self, request: Request) -> Observation:
        """Let the service stand still, and keep its data."""

    def resume(self, request: Request) -> Observation:
        """Let a suspended service run again."""

    def terminate(self, request: Request) -> Observation:
        """Remove the service and its data for good."""

    def observe(self, request: Request) -> Observation:
        """Look, and change nothing."""


_loaded: dict[str, Driver] = {}


def load(name: str) -> Driver:
    """Return the driver called `name`. Raises: DriverFailed, where none is installed or it cannot be loaded."""
    if name not in _loaded:
        _loaded[name] = _find(name)()
    return _loaded[name]


def register(name: str, driver: Driver) -> None:
    """Make a driver known that has no entry point: the provider's own, or a test's."""
    _loaded[name] = driver


def forget(name: str) -> None:
    """Undo `register`."""
    _loaded.pop(name, None)


def _find(name: str) -> Callable[[], Driver]:
    entries = {entry.name: entry for entry in metadata.entry_points(group=GROUP)}
    if name not in entries:
        raise DriverFailed(f"the driver “{name}” is not installed; there are: {', '.join(sorted(entries)) or 'none'}")
    try:
        found: Callable[[], Driver] = entries[name].load()
    except Exception as error:
        raise DriverFailed(f"the driver “{name}” cannot be loaded: {error!r}") from error
    return found
