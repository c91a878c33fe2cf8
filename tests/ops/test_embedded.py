"""Several processes that use one embedded server."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable

import psycopg
import pytest

from plancia.ops import database, embedded, postgres
from tests.waiting import until

Start = Callable[..., "subprocess.Popen[str]"]

USER = """
from plancia.ops import embedded
with embedded.in_use():
    print("in use", flush=True)
    input()
"""


def use(start: Start, number: int) -> list[subprocess.Popen[str]]:
    users = [start(USER) for _ in range(number)]
    for user in users:
        assert user.stdout and user.stdout.readline() == "in use\n"
    return users


def leave(user: subprocess.Popen[str]) -> None:
    _, told = user.communicate("\n", timeout=60)
    assert user.returncode == 0, told


def test_the_last_to_leave_stops_it(cluster: postgres.Cluster, start: Start) -> None:
    first, second, third = use(start, 3)
    number = cluster.postmaster()

    leave(first)
    leave(second)
    still = cluster.postmaster()
    leave(third)

    assert number is not None and still == number
    assert not cluster.is_alive()


def test_two_that_leave_at_once_stop_it(cluster: postgres.Cluster, start: Start) -> None:
    users = use(start, 2)

    for user in users:
        assert user.stdin
        user.stdin.write("\n")
        user.stdin.flush()
    for user in users:
        user.wait(timeout=60)

    assert not cluster.is_alive()


def test_a_user_that_was_killed_counts_no_more(cluster: postgres.Cluster, start: Start) -> None:
    killed, other = use(start, 2)
    killed.kill()
    killed.wait()

    leave(other)

    assert not cluster.is_alive()


def test_it_is_started_again_when_it_dies(cluster: postgres.Cluster, start: Start) -> None:
    users = use(start, 2)
    number = cluster.postmaster()
    assert number is not None

    os.kill(number, signal.SIGKILL)
    again = until(lambda: (found := cluster.postmaster()) != number and found, what="the server's return")
    until(lambda: _answers(cluster), what="its answer")
    for user in users:
        leave(user)

    assert again and again != number
    assert not cluster.is_alive()


def test_a_database_of_ones_own_is_left_alone(
    cluster: postgres.Cluster, monkeypatch: pytest.MonkeyPatch, place: object
) -> None:
    monkeypatch.setenv("PLANCIA_HOME", str(place))
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@elsewhere/plancia")

    with embedded.in_use():
        is_alive = cluster.is_alive()

    assert not is_alive
    assert embedded.superuser() == embedded.of_plancia() == database.url()


def _answers(cluster: postgres.Cluster) -> bool:
    try:
        psycopg.connect(cluster.superuser).close()
    except psycopg.OperationalError:
        return False
    return True
