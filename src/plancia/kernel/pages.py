"""Pages: one stretch of a long list, and how much there is of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

RowType = TypeVar("RowType")
Found = TypeVar("Found", bound=Model)

SIZE = 25


@dataclass(frozen=True, slots=True)
class Page(Generic[RowType]):
    """The `number`-th page, from 1, of `total` rows at `size` rows a page."""

    rows: list[RowType]
    number: int
    size: int
    total: int

    @property
    def last_number(self) -> int:
        """The number of the last page; 1 where there is nothing."""
        return max(1, -(-self.total // self.size))

    @property
    def has_next(self) -> bool:
        return self.number < self.last_number

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def first_row(self) -> int:
        """The place of the first row shown, from 1; 0 where there is nothing."""
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        """The place of the last row shown."""
        return min(self.number * self.size, self.total)

    def __iter__(self) -> Iterator[RowType]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of(
    queryset: QuerySet[Found], row: Callable[[Found], RowType], *, number: int, size: int = SIZE
) -> Page[RowType]:
    """Return a page of `queryset` as rows, in two queries; a number past the end gives the last page."""
    total = queryset.count()
    nearest = min(max(1, number), max(1, -(-total // size)))
    start = (nearest - 1) * size
    return Page([row(found) for found in queryset[start : start + size]] if total else [], nearest, size, total)
