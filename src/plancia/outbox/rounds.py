"""Rounds: the periodic jobs of the installation, for whoever shows or watches them. `ops.timetable` says which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from croniter import croniter

from plancia.kernel import transaction

#: A run may be late by that much before it counts as missed: a worker that restarts, or a long job before it.
GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Round:
    """A job that comes round: its name, when (cron, UTC; a sixth field counts seconds), and what it is for."""

    name: str
    cron: str
    purpose: str


_rounds: tuple[Round, ...] = ()


def declare(rounds: Sequence[Round]) -> None:
    """Say which jobs come round. Called once, when the process is ready."""
    global _rounds
    _rounds = tuple(rounds)


def all_rounds() -> Sequence[Round]:
    """Return the periodic jobs, in the order of the timetable."""
    return _rounds


@dataclass(frozen=True, slots=True)
class Run:
    """The last run of a job."""

    began_at: datetime
    ended_at: datetime | None
    has_failed: bool


def missed(*, at: datetime) -> list[str]:
    """Return the names of the jobs that should have begun and have not."""
    runs = last_runs()
    return [one.name for one in all_rounds() if is_missed(one, began_at(one, runs), at=at)]


def began_at(one: Round, runs: Mapping[str, Run]) -> datetime | None:
    """
    Return when a job began last, of `last_runs`; None where nothing ever ran.

    One that has not come round yet since the installation began to work counts as begun then.
    """
    if one.name in runs:
        return runs[one.name].began_at
    return min((run.began_at for run in runs.values()), default=None)


def next_run(one: Round, *, at: datetime) -> datetime:
    """Return when a job comes round next."""
    found: datetime = croniter(one.cron, at).get_next(datetime)
    return found


def is_missed(one: Round, last_at: datetime | None, *, at: datetime) -> bool:
    """Say whether a job should have begun and has not, by more than a grace."""
    due_at: datetime = croniter(one.cron, at - GRACE).get_prev(datetime)
    return last_at is None or last_at < due_at


def last_runs() -> dict[str, Run]:
    """Return the last run of each periodic job that has run, by name."""
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            """
            select distinct on (j.task_name) j.task_name, started.at,
                (select max(e.at) from procrastinate_events e
                 where e.job_id = j.id and e.type in ('succeeded', 'failed')),
                j.status = 'failed'
            from procrastinate_jobs j
            join lateral (select max(e.at) as at from procrastinate_events e
                          where e.job_id = j.id and e.type = 'started') started on started.at is not null
            where j.queue_name = 'timetable'
            order by j.task_name, started.at desc
            """
        )
        return {
            name.removeprefix("timetable."): Run(
                began.astimezone(UTC), ended.astimezone(UTC) if ended else None, failed
            )
            for name, began, ended, failed in cursor.fetchall()
        }
