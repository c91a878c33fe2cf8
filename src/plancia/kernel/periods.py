"""
Periods: half-open stretches of time, and months counted from an anchor.

Months are those of the provider's calendar: a term that begins at midnight there ends at midnight there, in summer too.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

from django.utils import timezone


def months_after(anchor: datetime, months: int) -> datetime:
    """
    Return the instant `months` months after `anchor`, on the anchor's day or the month's last, at its hour of the day.

    Counting starts at the anchor each time: 31 January gives 28 February, then 31 March again.
    """
    first = anchor.astimezone(timezone.get_default_timezone())
    place = first.month - 1 + months
    year, month = first.year + place // 12, place % 12 + 1
    day = min(first.day, calendar.monthrange(year, month)[1])
    return first.replace(year=year, month=month, day=day).astimezone(UTC)


def months_between(anchor: datetime, end: datetime) -> int:
    """Return how many months of the calendar lie between `anchor` and the end of a term counted from it."""
    first, last = (at.astimezone(timezone.get_default_timezone()) for at in (anchor, end))
    return (last.year - first.year) * 12 + last.month - first.month


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, `[starts_at, ends_at)`."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("instants are aware")
        if self.starts_at >= self.ends_at:
            raise ValueError(f"a period ends after it starts: {self.starts_at} {self.ends_at}")

    @classmethod
    def term(cls, anchor: datetime, *, after_months: int, months: int) -> Period:
        """Return the term of `months` months that starts `after_months` months after `anchor`."""
        return cls(months_after(anchor, after_months), months_after(anchor, after_months + months))

    def contains(self, at: datetime) -> bool:
        """Say whether `at` lies in the period; its end does not."""
        return self.starts_at <= at < self.ends_at

    def unused_share(self, at: datetime) -> Fraction:
        """Return the exact fraction of the period that is left at `at`, between 0 and 1."""
        if at <= self.starts_at:
            return Fraction(1)
        if at >= self.ends_at:
            return Fraction(0)
        whole, left = self.ends_at - self.starts_at, self.ends_at - at
        return Fraction(left // _TICK, whole // _TICK)


_TICK = datetime.resolution
