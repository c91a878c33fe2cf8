"""
Proration: what is left of a paid term, by days.

A day is a civil day of the provider, and belongs to who has the product at its end: the day of a change is credited to
the old conditions and charged to the new ones, so that no day is paid twice and none is free.

Source: docs/decisions/0031-no-day-is-paid-twice.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from plancia.billing import numbering
from plancia.kernel.periods import Period, months_between


@dataclass(frozen=True, slots=True)
class Share:
    """So many days of a whole term."""

    days: int
    of: int

    @property
    def fraction(self) -> Fraction:
        return Fraction(self.days, self.of)


def unused(period: Period, at: datetime) -> Share:
    """Return how many days of a term are left at `at`; all, before it begins. Units: civil days of the provider."""
    starts_on, ends_on = numbering.civil_date(period.starts_at), numbering.civil_date(period.ends_at)
    whole = (ends_on - starts_on).days
    if whole == 0:  # a stretch within one day: whoever had it at the end of the day had all of it
        return Share(1 if at <= period.starts_at else 0, 1)
    left = (ends_on - max(numbering.civil_date(at), starts_on)).days
    return Share(min(max(left, 0), whole), whole)


#: A whole term.
WHOLE = Share(1, 1)


def shares(anchor: datetime, end: datetime, *, months: int, at: datetime) -> list[Share]:
    """
    Return which shares of whole terms lie between `at` and `end`, which is a whole number of months after the anchor.

    The terms are counted back from the end, so that a day costs the same however often the conditions change.
    """
    gone, result = months_between(anchor, end), []
    while True:
        period = Period.term(anchor, after_months=gone - months, months=months)
        result.append(unused(period, at))
        if period.starts_at <= at:
            return [share for share in reversed(result) if share.days]
        gone -= months
