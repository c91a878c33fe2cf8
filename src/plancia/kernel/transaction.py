"""
Transactions on the connection of the present principal.

The web asks as the role *app*, which row-level security binds; jobs and the back office ask as *staff*. Use cases do
not know which: they say `@transaction.atomic`, and the router and this module choose. Source: docs/decisions/0004.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Protocol, TypeVar, overload

from django.db import connections
from django.db import transaction as django_transaction
from django.db.backends.base.base import BaseDatabaseWrapper

APP, STAFF = "default", "staff"

_alias: ContextVar[str] = ContextVar("database_alias", default=APP)

Function = TypeVar("Function", bound=Callable[..., Any])


def alias() -> str:
    """Return the name of the connection in use."""
    return _alias.get()


def connection() -> BaseDatabaseWrapper:
    """Return the connection in use."""
    return connections[alias()]


@contextmanager
def as_staff() -> Iterator[None]:
    """Ask as the role *staff*, which sees every organization, within the block."""
    token = _alias.set(STAFF)
    try:
        yield
    finally:
        _alias.reset(token)


class _Atomic(ContextDecorator):
    def __init__(self) -> None:
        self._entered: list[Any] = []

    def _recreate_cm(self) -> _Atomic:
        return _Atomic()

    def __enter__(self) -> None:
        block = django_transaction.atomic(using=alias())
        self._entered.append(block)
        block.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.pop().__exit__(kind, error, trace)


class _Block(Protocol):
    def __enter__(self) -> None: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def __call__(self, function: Function, /) -> Function: ...


@overload
def atomic(function: Function) -> Function: ...
@overload
def atomic() -> _Block: ...
def atomic(function: Callable[..., Any] | None = None) -> Any:
    """Run a function, or a block, as one transaction (a savepoint, inside another) on the connection in use."""
    return _Atomic() if function is None else _Atomic()(function)


def on_commit(function: Callable[[], object]) -> None:
    """Call `function` once the transaction in progress has committed."""
    django_transaction.on_commit(function, using=alias())


class PrincipalRouter:
    """Sends every query to the connection of the present principal; migrations to the owner's."""

    def db_for_read(self, model: object, **hints: object) -> str:
        return alias()

    def db_for_write(self, model: object, **hints: object) -> str:
        return alias()

    def allow_relation(self, one: object, other: object, **hints: object) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        return db == "owner"
