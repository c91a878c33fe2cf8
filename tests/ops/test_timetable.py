"""The timetable, and giving back what dead workers held."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import psycopg
import pytest
from croniter import croniter
from procrastinate.contrib.django import app

from plancia.ops import timetable


@pytest.mark.parametrize("entry", timetable.TIMETABLE, ids=lambda entry: entry.name)
def test_an_entry_names_a_use_case_and_a_time(entry: timetable.Entry) -> None:
    assert callable(entry.resolve())
    assert croniter.is_valid(entry.cron)
    assert entry.purpose


def test_every_entry_is_registered_once() -> None:
    names = [entry.name for entry in timetable.TIMETABLE]

    registered = {name for name, _ in app.periodic_registry.periodic_tasks}

    assert len(set(names)) == len(names)
    assert registered == {f"timetable.{name}" for name in [*names, timetable.RESCUE]}


def test_jobs_of_a_dead_worker_are_given_back(superuser: psycopg.Connection) -> None:
    dead, alive = worker(superuser, "1 hour"), worker(superuser, "1 second")
    held, running, orphaned = (job(superuser, "doing", by) for by in (dead, alive, None))

    rescue()

    assert states(superuser) == {held: "todo", running: "doing", orphaned: "todo"}


def test_one_that_cannot_be_given_back_does_not_keep_the_others(superuser: psycopg.Connection) -> None:
    dead = worker(superuser, "1 hour")
    first, second = job(superuser, "doing", dead, queueing_lock="round"), job(superuser, "doing", dead)
    waiting = job(superuser, "todo", None, queueing_lock="round")

    rescue()

    assert states(superuser) == {waiting: "todo", second: "todo"}
    assert first not in states(superuser)


def worker(superuser: psycopg.Connection, silent_for: str) -> int:
    return one(
        superuser,
        "insert into procrastinate_workers (last_heartbeat) values (now() - %s::interval) returning id",
        silent_for,
    )


def job(superuser: psycopg.Connection, status: str, by: int | None, queueing_lock: str | None = None) -> int:
    return one(
        superuser,
        "insert into procrastinate_jobs (queue_name, task_name, status, worker_id, queueing_lock) "
        "values ('default', 'some.task', %s, %s, %s) returning id",
        status,
        by,
        queueing_lock,
    )


def one(superuser: psycopg.Connection, query: str, *parameters: object) -> int:
    row = superuser.execute(query, parameters).fetchone()
    assert row
    return int(row[0])


def states(superuser: psycopg.Connection) -> dict[int, str]:
    return dict(superuser.execute("select id, status::text from procrastinate_jobs").fetchall())


def rescue() -> None:
    async def run() -> None:
        own = app.with_connector(app.connector.get_worker_connector())
        async with own.open_async():
            await timetable.rescue_stalled_jobs(SimpleNamespace(app=own), timestamp=0)

    asyncio.run(run())
