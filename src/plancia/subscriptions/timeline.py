"""
The timeline of a term: when the next one is offered, collected and reminded of, and what follows while it is unpaid.

It is data: `dunning.toml`, or the provider's own file, by country and kind of customer. Everybody sees it beforehand.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from plancia.kernel import clock
from plancia.organizations.models import Organization
from plancia.subscriptions.states import SubscriptionState

BUNDLED = Path(__file__).with_name("dunning.toml")


@dataclass(frozen=True, slots=True)
class Holidays:
    """When the provider does not work, and nobody is restricted, suspended or terminated."""

    weekdays: frozenset[int]  # ISO: Monday is 1
    fixed: frozenset[tuple[int, int]]  # month and day
    easter: frozenset[int]  # days from Easter Sunday

    def contains(self, day: date) -> bool:
        """Say whether the provider does not work on that day."""
        return (
            day.isoweekday() in self.weekdays
            or (day.month, day.day) in self.fixed
            or (day - _easter_sunday(day.year)).days in self.easter
        )

    def after(self, at: datetime) -> datetime:
        """Return `at`, or the same hour of the next day on which the provider works, in his time zone."""
        local = at.astimezone(timezone.get_default_timezone())
        while self.contains(local.date()):
            local += timedelta(days=1)
        return local.astimezone(at.tzinfo)


@dataclass(frozen=True, slots=True)
class Timeline:
    """
    Days before and after the end of a term. Source: SPEC 5.4 and 5.5, settings.SUBSCRIPTION_DAYS, dunning.toml.

    Units: whole days. `offer` and `collect` before the end; `retry` after the first collection; `remind` from the day
    on which an invoice is due, before it where negative; the others after the end. `promise` is how long a promise to
    pay may be.
    """

    offer: int
    collect: int
    restrict: int
    suspend: int
    terminate: int
    retry: tuple[int, ...]
    remind: tuple[int, ...]
    promise: int
    holidays: Holidays

    def lead(self, months: int) -> timedelta:
        """Return how long before its end a term's successor is offered: never before the middle of a short one."""
        return clock.days(min(self.offer, _HALF_MONTH_DAYS * months))

    def attempts(self, end: datetime) -> list[datetime]:
        """Return when the renewal of a term that ends at `end` is collected, the first time and again."""
        first = end - clock.days(self.collect)
        return [first, *(first + clock.days(days) for days in self.retry)]

    def steps(
        self, unpaid_since: datetime, *, not_before: datetime | None = None
    ) -> list[tuple[SubscriptionState, datetime]]:
        """
        Return what happens to a product whose next term is unpaid since `unpaid_since`, and when, in order.

        Nothing happens before `not_before`, the end of a promise to pay, nor on a day on which nobody works.
        """
        return [
            (state, self.holidays.after(max(unpaid_since + clock.days(days), not_before or unpaid_since)))
            for state, days in (
                (SubscriptionState.RESTRICTED, self.restrict),
                (SubscriptionState.SUSPENDED, self.suspend),
                (SubscriptionState.TERMINATED, self.terminate),
            )
        ]

    def standing(
        self, unpaid_since: datetime, at: datetime, *, not_before: datetime | None = None
    ) -> SubscriptionState:
        """Return the state that a product should be in whose next term has been unpaid since `unpaid_since`."""
        reached = [state for state, when in self.steps(unpaid_since, not_before=not_before) if when <= at]
        return reached[-1] if reached else SubscriptionState.ACTIVE


_HALF_MONTH_DAYS = 15


def timeline(organization: Organization | None = None) -> Timeline:
    """Return the timeline that holds for an organization, or the one for everybody else."""
    if organization is None:
        return of("", "")
    return of(organization.country, organization.kind)


def of(country: str, kind: str) -> Timeline:
    """Return the timeline for customers of that country and kind: the most special one that fits."""
    return _table(settings.DUNNING).of(country, kind)


def all_timelines() -> Sequence[Timeline]:
    """Return every timeline of the provider: for who looks for what may be due."""
    return _table(settings.DUNNING).timelines


def _easter_sunday(year: int) -> date:
    """Source: J. Meeus, Astronomical Algorithms, chapter 8 (the Gregorian calendar)."""
    century, place = divmod(year, 100)
    golden = year % 19
    leaps = (century + 8) // 25
    epact = (19 * golden + century - century // 4 - (century - leaps + 1) // 3 + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (place // 4) - epact - place % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@dataclass(frozen=True, slots=True)
class _Table:
    keys: list[tuple[str, str]]
    timelines: list[Timeline]
    known: dict[tuple[str, str], Timeline]  # what was asked before

    def of(self, country: str, kind: str) -> Timeline:
        found = self.known.get((country, kind))
        if found is None:
            found = self.known[(country, kind)] = self._of(country, kind)
        return found

    def _of(self, country: str, kind: str) -> Timeline:
        fits = [
            (bool(theirs[0]) * 2 + bool(theirs[1]), place)
            for place, theirs in enumerate(self.keys)
            if theirs[0] in ("", country) and theirs[1] in ("", kind)
        ]
        return self.timelines[max(fits)[1]]


@lru_cache(maxsize=8)
def _table(name: str) -> _Table:
    """Read the file. Raises: ImproperlyConfigured, naming what is wrong."""
    path = Path(name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(f"{path}: cannot be read: {error}") from error
    off = content.get("holidays", {})
    holidays = Holidays(
        frozenset(off.get("weekdays", [])),
        frozenset((int(day[:2]), int(day[3:])) for day in off.get("fixed", [])),
        frozenset(off.get("easter", [])),
    )
    rows = content.get("timeline", [])
    base = {**settings.SUBSCRIPTION_DAYS, **(rows[0] if rows and not _key(rows[0])[0] + _key(rows[0])[1] else {})}
    keys, timelines = [("", "")], [_timeline(path, base, holidays)]
    for row in rows:
        if _key(row) != ("", ""):
            keys.append(_key(row))
            timelines.append(_timeline(path, {**base, **row}, holidays))
    return _Table(keys, timelines, {})


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return str(row.get("country", "")), str(row.get("kind", ""))


def _timeline(path: Path, row: dict[str, Any], holidays: Holidays) -> Timeline:
    known = {field.name for field in fields(Timeline)} - {"holidays"}
    wrong = (row.keys() - known - {"country", "kind"}) | (known - row.keys())
    if wrong:
        raise ImproperlyConfigured(f"{path}: timeline {_key(row)}: {', '.join(sorted(wrong))}: unknown or missing")
    values: Any = {name: tuple(row[name]) if isinstance(row[name], list) else row[name] for name in known}
    result = Timeline(**values, holidays=holidays)
    if not result.restrict <= result.suspend <= result.terminate or list(result.retry) != sorted(result.retry):
        raise ImproperlyConfigured(f"{path}: timeline {_key(row)}: the steps are not in order")
    return result
