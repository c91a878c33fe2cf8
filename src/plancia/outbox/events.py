"""Events: what a fact says, as a frozen value that survives the database."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, ClassVar, Union
from uuid import UUID

from plancia.kernel.money import Money

_classes: dict[str, type[Event]] = {}


class UnknownEvent(LookupError):
    """A fact has a name that no event claims: the package that published it is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """
    Something that happened. Subclasses are frozen, slotted dataclasses with a `name` like "payment.succeeded".

    Fields are text, whole numbers, truth values, UUIDs, instants, dates, decimals, enumerations, Money, None, and
    lists of these.
    """

    name: ClassVar[str]

    organization_id: UUID | None
    happened_at: datetime

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # Not super(): a slotted dataclass is made anew, and its methods still name the class it was before.
        other = _classes.get(cls.name)
        if other is not None and (other.__module__, other.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"two events are called {cls.name}: {other!r} and {cls!r}")
        _classes[cls.name] = cls

    def payload(self) -> dict[str, Any]:
        """Return the fields as JSON."""
        return {field.name: _write(getattr(self, field.name)) for field in dataclasses.fields(self)}


def read(name: str, payload: dict[str, Any]) -> Event:
    """
    Return the event that `payload` was written from. Fields that the event no longer has are left out.

    Raises: UnknownEvent, when no event has that name.
    """
    try:
        event = _classes[name]
    except KeyError:
        raise UnknownEvent(name) from None
    return event(**{field: _read(payload[field], kind) for field, kind in _fields(name).items() if field in payload})


@cache
def _fields(name: str) -> dict[str, Any]:
    event = _classes[name]
    hints = typing.get_type_hints(event)
    return {field.name: hints[field.name] for field in dataclasses.fields(event)}


def _write(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | str():
            return value
        case UUID() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case Money():
            return {"minor": value.minor, "currency": value.currency}
        case list() | tuple():
            return [_write(item) for item in value]
    raise TypeError(f"an event cannot hold {value!r}")


def _read(value: Any, kind: Any) -> Any:
    origin = typing.get_origin(kind)
    if value is None:
        return None
    if origin in (Union, types.UnionType):
        return _read(value, next(choice for choice in typing.get_args(kind) if choice is not type(None)))
    if origin in (list, tuple):
        return origin(_read(item, typing.get_args(kind)[0]) for item in value)
    if kind in (datetime, date):
        return kind.fromisoformat(value)
    if kind is Money:
        return Money(value["minor"], value["currency"])
    if isinstance(kind, type) and issubclass(kind, UUID | Decimal | Enum):
        return kind(value)
    return value
