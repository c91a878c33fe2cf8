"""Pages: a stretch of a long list, and where it stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")

SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """
    Some of `total` rows: those of page `number`, which counts from 1.

    A number past the end is the last page: use `clamp` before reading the rows.
    """

    rows: tuple[Item, ...]
    number: int
    total: int
    size: int = SIZE

    @property
    def pages(self) -> int:
        """How many pages there are; an empty list is one page."""
        return count(self.total, self.size)

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def has_next(self) -> bool:
        return self.number < self.pages

    @property
    def first_position(self) -> int:
        """The position of the first row shown, from 1; 0 where there is none."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_position(self) -> int:
        return self.first_position + len(self.rows) - 1 if self.rows else 0


def count(total: int, size: int = SIZE) -> int:
    """Return how many pages `total` rows fill."""
    return max(1, -(-total // size))


def clamp(number: int, total: int, size: int = SIZE) -> int:
    """Return the page nearest to `number` that exists."""
    return min(max(1, number), count(total, size))
