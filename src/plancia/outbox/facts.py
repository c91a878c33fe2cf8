"""
Facts: published in the transaction that makes them true, told afterwards to whoever handles them.

A fact and the job that tells it are written in the transaction in progress, on its connection: both exist or neither.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from plancia.kernel import columns, ids, transaction
from plancia.outbox.events import Event
from plancia.outbox.models import Fact

TELL = "outbox.tell"
QUEUE = "facts"

Said = TypeVar("Said", bound=Event, contravariant=True)


class Handler(Protocol[Said]):
    """Reacts to an event, in a transaction of its own, as staff. Told at least once: doing it twice is harmless."""

    def __call__(self, event: Said, /, *, at: datetime) -> None: ...


_handlers: dict[type[Event], dict[str, Handler[Event]]] = {}
_is_told_by_caller: ContextVar[bool] = ContextVar("facts_told_by_caller", default=False)
_deaf: ContextVar[str] = ContextVar("facts_unheard_by", default="")

Function = TypeVar("Function", bound=Callable[..., None])


def handles(event: type[Event]) -> Callable[[Function], Function]:
    """Register a function in a package's `handlers.py` as one that reacts to `event`."""

    def register(function: Function) -> Function:
        _handlers.setdefault(event, {})[f"{function.__module__}.{function.__qualname__}"] = function
        return function

    return register


def handlers_of(event: type[Event]) -> dict[str, Handler[Event]]:
    """Return who reacts to `event`, by name."""
    deaf = _deaf.get()
    return {
        name: handler for name, handler in _handlers.get(event, {}).items() if not deaf or not name.startswith(deaf)
    }


@contextmanager
def unheard_by(package: str) -> Iterator[None]:
    """Tell nothing to the handlers of `package` within the block: for months of the demo whose mail is long gone."""
    token = _deaf.set(f"{package}.")
    try:
        yield
    finally:
        _deaf.reset(token)


def publish(event: Event) -> None:
    """Write a fact in the transaction in progress, with the job that tells it."""
    publish_all([event])


@transaction.atomic
def publish_all(events: Sequence[Event]) -> None:
    """
    Write facts in the transaction in progress, with the jobs that tell them: for batches.

    A fact that nobody handles is told as it is written.
    """
    written = [
        (
            ids.new(),
            event.organization_id,
            event.name,
            json.dumps(event.payload()),
            event.happened_at,
            None if handlers_of(type(event)) else event.happened_at,
        )
        for event in events
    ]
    columns.insert(Fact._meta.db_table, _COLUMNS, written)
    if not is_told_by_caller():
        _defer([key for key, *_others, told_at in written if told_at is None])


_COLUMNS = {
    "id": "uuid",
    "organization_id": "uuid",
    "name": "text",
    "payload": "jsonb",
    "happened_at": "timestamptz",
    "told_at": "timestamptz",
}


@contextmanager
def told_by_caller() -> Iterator[None]:
    """Publish without jobs within the block: for whoever calls `delivery.tell_untold` himself, as the demo does."""
    token = _is_told_by_caller.set(True)
    try:
        yield
    finally:
        _is_told_by_caller.reset(token)


def is_told_by_caller() -> bool:
    """Say whether whoever asks has the jobs that follow done himself."""
    return _is_told_by_caller.get()


def _defer(keys: Sequence[UUID]) -> None:
    # procrastinate's own app is bound to one connection; ours depends on who asks.
    jobs = [
        Job(queue=QUEUE, lock=None, queueing_lock=None, task_name=TELL, task_kwargs={"fact": str(key)}) for key in keys
    ]
    if jobs:
        JobManager(DjangoConnector(alias=transaction.alias())).batch_defer_jobs(jobs)
