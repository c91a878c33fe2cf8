"""The worker, as a process of its own on a database of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from plancia.ops import database, postgres
from tests import copies
from tests.waiting import until

ALIVE = "select count(*) from procrastinate_workers where last_heartbeat > %s"


@pytest.fixture
def home(place: Path, cluster: postgres.Cluster, template: str) -> Path:
    """A data directory whose database is made, and empty."""
    cluster.start()
    copies.fill(cluster, template)
    return place


@pytest.fixture
def worker(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PLANCIA_HOME": str(home), "PLANCIA_MODE": "demo"}
    with (home / "worker.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "plancia.ops.command", "work"], env=environment, stderr=log)
    yield process
    process.kill()
    process.wait()


@pytest.mark.slow
def test_it_works_on_when_the_database_was_killed_and_ends_well(
    cluster: postgres.Cluster, worker: subprocess.Popen[bytes], home: Path
) -> None:
    def count(after: str) -> int:
        try:
            with psycopg.connect(f"{cluster.superuser} dbname={database.NAME}") as connection:
                row = connection.execute(ALIVE, [after]).fetchone()  # type: ignore[arg-type]  # a literal of ours
        except psycopg.OperationalError:
            return 0
        return int(row[0]) if row else 0

    def now() -> str:
        with psycopg.connect(cluster.superuser) as connection:
            row = connection.execute("select now()::text").fetchone()
        assert row
        return str(row[0])

    def told() -> str:
        return (home / "worker.log").read_text()[-3000:]

    before = now()
    until(lambda: worker.poll() is not None or count(before), seconds=60, what="the first sign of life")
    assert worker.poll() is None, told()
    number = cluster.postmaster()
    assert number is not None
    os.kill(number, signal.SIGKILL)
    until(lambda: cluster.postmaster() not in (None, number), what="the database's return")
    cluster.start()
    again = now()
    until(lambda: worker.poll() is not None or count(again), seconds=60, what="a sign of life afterwards")
    assert worker.poll() is None, told()

    worker.terminate()

    assert worker.wait(timeout=60) == 0, told()
    assert not cluster.is_alive()
