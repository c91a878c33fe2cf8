"""Batches: long work that is done piece by piece, each piece a transaction of its own."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

#: Rows in one transaction: enough to be quick, few enough that what it locks is soon free again.
SIZE = 2_000

#: What a batch is made of.
Key = TypeVar("Key")
#: Told how many of how many are done.
Progress = Callable[[int, int], None]


def share(wanted: Iterable[tuple[Key, UUID]]) -> Iterator[list[Key]]:
    """Share pairs of a key and its organization, sorted by organization, into batches that divide no organization."""
    batch: list[Key] = []
    last: UUID | None = None
    for key, owner in wanted:
        if len(batch) >= SIZE and owner != last:
            yield batch
            batch = []
        batch.append(key)
        last = owner
    if batch:
        yield batch


def work_off(
    wanted: Sequence[tuple[Key, UUID]], work: Callable[[Sequence[Key]], int], progress: Progress | None = None
) -> int:
    """
    Do `work`, a transaction of its own, for each batch of `wanted`, and return the sum of its answers.

    Whoever is killed leaves the rest to the next run. `progress` is told after each.
    """
    done = result = 0
    with unswept():
        for batch in share(wanted):
            result += work(batch)
            done += len(batch)
            if progress:
                progress(done, len(wanted))
    return result


@contextmanager
def unswept() -> Iterator[None]:
    """
    Let Python's search for circular garbage wait: it would look through the rows of a batch again and again.

    It took a quarter of the time of batches, and found nothing: rows are freed when the last name of theirs goes.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
