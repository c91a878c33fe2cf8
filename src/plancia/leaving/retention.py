"""
Retention: what is past its time is erased, by rules that are data, in batches, every night.

Each batch is a transaction of its own and counted in it: whoever is killed in between has done what the report says,
and the next run goes on. What stands under a legal hold stays. Source: leaving/retention.toml, GDPR, art. 5 (1) e;
docs/decisions/0105-retention-is-data.md.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import Promise

from plancia.kernel import clock, transaction
from plancia.leaving import erasure, holds
from plancia.leaving.models import RetentionReport, RetentionRun
from plancia.leaving.records import LABELS, RECORDS, Records
from plancia.organizations.models import Organization

logger = logging.getLogger(__name__)

#: Rows that are erased in one transaction.
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Rule:
    """How long something is kept: in years after the end of one, or in days; for some countries otherwise."""

    name: str
    is_years: bool
    number: int
    countries: Mapping[str, int]
    laws: tuple[str, ...]

    @property
    def label(self) -> str | Promise:
        return LABELS[self.name]

    def number_in(self, country: str) -> int:
        """Return the number of years, or days, in a country."""
        return self.countries.get(country, self.number)

    def cutoff(self, *, at: datetime, country: str = "") -> datetime:
        """Return the instant: what is older has had its time at `at`."""
        number = self.number_in(country)
        if not self.is_years:
            return at - clock.days(number)
        first = timezone.localdate(at).replace(year=timezone.localdate(at).year - number, month=1, day=1)
        return timezone.make_aware(datetime.combine(first, time()))

    def last_day(self, *, at: datetime, country: str = "") -> date:
        """Return the last day on which something made at `at` is kept."""
        today, number = timezone.localdate(at), self.number_in(country)
        return date(today.year + number, 12, 31) if self.is_years else today + timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Due:
    """What a rule erases of a table: all before `until`."""

    rule: Rule
    table: str
    until: datetime
    rows: int


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows with one time limit: those of customers of one country, or of all others."""

    records: Records
    until: datetime
    past: QuerySet[Any]


def rules() -> Mapping[str, Rule]:
    """Return the rules by name."""
    return _rules(Path(settings.RETENTION))


def run(*, at: datetime, batch: int = BATCH) -> RetentionRun:
    """
    Erase what is past its time, and report it. Asked as staff, outside any transaction.

    What cannot be erased of one table does not keep the others; the report says so.
    """
    made: RetentionRun = RetentionRun.objects.create(started_at=at)
    erasure.finish()
    for rule in rules().values():
        for records in RECORDS[rule.name]:
            for group in _groups(rule, records, at=at):
                try:
                    while _erase(made.pk, rule, group, batch) == batch:
                        pass
                except Exception:
                    logger.exception("retention: %s could not be erased from %s", rule.name, records.table)
                    made.has_failed = True
    made.end(at=at)
    return made


def due(*, at: datetime) -> list[Due]:
    """Return what a run would erase at `at`; nothing is written."""
    found = []
    for rule in rules().values():
        counts: dict[str, int] = {}
        for records in RECORDS[rule.name]:
            rows = sum(group.past.count() for group in _groups(rule, records, at=at))
            counts[records.table] = counts.get(records.table, 0) + rows
        found += [Due(rule, table, rule.cutoff(at=at), rows) for table, rows in counts.items()]
    return found


def _groups(rule: Rule, records: Records, *, at: datetime) -> Iterator[_Group]:
    open_ = records.model._default_manager.filter(records.only).filter(_not_held(records, at=at))
    special = sorted(rule.countries) if records.organization else []
    for country in special:
        theirs = {f"{records.organization}__in": Organization.objects.filter(country=country).values("pk")}
        until = rule.cutoff(at=at, country=country)
        yield _Group(records, until, open_.filter(**theirs, **{f"{records.since}__lt": until}))
    others = open_
    if special:
        elsewhere = {f"{records.organization}__in": Organization.objects.filter(country__in=special).values("pk")}
        others = open_.exclude(**elsewhere)
    until = rule.cutoff(at=at)
    yield _Group(records, until, others.filter(**{f"{records.since}__lt": until}))


def _not_held(records: Records, *, at: datetime) -> Q:
    condition = Q()
    for column, theirs in ((records.organization, "organization_id"), (records.user, "user_id")):
        if column:
            condition &= ~Q(Exists(holds.standing(at=at).filter(**{theirs: OuterRef(column)})))
    return condition


@transaction.atomic
def _erase(run_id: UUID, rule: Rule, group: _Group, batch: int) -> int:
    locked = group.past.select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    keys = list(locked.values_list("pk", flat=True)[:batch])
    if not keys:
        return 0
    _let_go(group.until)
    found = group.records.model._default_manager.filter(pk__in=keys)
    if group.records.blank:
        found.update(**group.records.blank)
    else:
        found.delete()
    report, _made = RetentionReport.objects.get_or_create(
        run_id=run_id, rule=rule.name, table=group.records.table, defaults={"until": group.until}
    )
    RetentionReport.objects.filter(pk=report.pk).update(rows=F("rows") + len(keys))
    return len(keys)


def _let_go(until: datetime) -> None:
    """Let the database give up, in this transaction, rows of append-only tables that are older than `until`."""
    with transaction.connection().cursor() as cursor:
        cursor.execute("select set_config('app.forgets_before', %s, true)", [until.isoformat()])


@lru_cache(maxsize=8)
def _rules(path: Path) -> Mapping[str, Rule]:
    """Read the file. Raises: ImproperlyConfigured, naming file, key and reason."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ImproperlyConfigured(f"{path}: cannot be read: {error}") from error
    for name in RECORDS:
        if name not in content:
            raise ImproperlyConfigured(f"{path}: {name}: is missing; say how long it is kept")
    return {name: _rule(path, name, body) for name, body in content.items()}


def _rule(path: Path, name: str, body: object) -> Rule:
    if name not in RECORDS:
        raise ImproperlyConfigured(f"{path}: {name}: is not known; known are {', '.join(RECORDS)}")
    if not isinstance(body, dict):
        raise ImproperlyConfigured(f"{path}: {name}: a rule is a table with years or days")
    if unknown := body.keys() - {"years", "days", "countries", "laws"}:
        raise ImproperlyConfigured(f"{path}: {name}.{min(unknown)}: is not known")
    if ("years" in body) == ("days" in body):
        raise ImproperlyConfigured(f"{path}: {name}: needs either years or days")
    unit = "years" if "years" in body else "days"
    countries, laws = body.get("countries", {}), body.get("laws", [])
    if not isinstance(countries, dict):
        raise ImproperlyConfigured(f"{path}: {name}.countries: is a table of countries")
    if countries and not any(one.organization for one in RECORDS[name]):
        raise ImproperlyConfigured(f"{path}: {name}.countries: belongs to nobody whose country is known")
    for key, number in {unit: body[unit], **{f"countries.{code}": years for code, years in countries.items()}}.items():
        if type(number) is not int or number < 0:
            raise ImproperlyConfigured(f"{path}: {name}.{key}: is a whole number of {unit}, not {number!r}")
    for code in countries:
        if not (len(code) == 2 and code.isascii() and code.isupper()):
            raise ImproperlyConfigured(f"{path}: {name}.countries.{code}: is no country's code of two letters")
    if not (isinstance(laws, list) and all(isinstance(law, str) for law in laws)):
        raise ImproperlyConfigured(f"{path}: {name}.laws: is a list of names")
    return Rule(name, unit == "years", body[unit], countries, tuple(laws))
