"""The command line: what it says, and how it ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from typer.testing import CliRunner

import plancia
from plancia.ops import command, migration

Done = subprocess.CompletedProcess[str]


def run(*arguments: str, **environment: str) -> Done:
    """Run a command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "plancia.ops.command", *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )


def call(*arguments: str, **environment: str) -> Done:
    """Run a command in this process, which has imported everything already."""
    result = CliRunner(env=environment).invoke(command.app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(arguments, result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def migrated(superuser: psycopg.Connection, place: Path) -> Iterator[dict[str, str]]:
    """The environment of an operator whose database is this test's, and up to date."""
    name, host = settings.DATABASES["owner"]["NAME"], settings.DATABASES["owner"]["HOST"]
    note = f'plancia {{"schema": "{migration.fingerprint()}"}}'
    superuser.execute(sql.SQL("comment on database {} is {}").format(sql.Identifier(name), sql.Literal(note)))
    yield {"DATABASE_URL": f"postgresql://postgres@/{name}?host={host}", "PLANCIA_HOME": str(place)}
    superuser.execute(sql.SQL("comment on database {} is null").format(sql.Identifier(name)))


def test_help_names_every_command() -> None:
    done = call("--help")

    assert done.returncode == 0
    for name in ("demo", "serve", "work", "migrate", "check-books", "doctor", "catalog", "messages", "user"):
        assert name in done.stdout


def test_it_says_its_version() -> None:
    assert call("--version").stdout == f"plancia {plancia.__version__}\n"


@pytest.mark.parametrize("arguments", [["dance"], ["serve", "--port", "0"], ["catalog", "import", "/nowhere"]])
def test_what_is_not_understood_ends_with_2(arguments: list[str]) -> None:
    done = call(*arguments)

    assert done.returncode == 2


def test_the_doctor_finds_that_there_is_nothing_yet(place: Path) -> None:
    done = call("doctor", PLANCIA_HOME=str(place / "none"))

    assert done.returncode == 1
    assert "does not exist" in done.stdout and "plancia migrate" in done.stdout
    assert not (place / "none").exists()


def test_the_doctor_misses_a_worker_and_finds_all_else_well(migrated: dict[str, str]) -> None:
    done = call("doctor", **migrated)

    wrong = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert done.returncode == 1
    assert wrong == ["WRONG  workers: 0 alive"], done.stdout
    assert "ok     tenancy: every table of organizations is protected" in done.stdout


def test_the_doctor_finds_a_table_without_protection(migrated: dict[str, str], superuser: psycopg.Connection) -> None:
    superuser.execute("create table careless (organization_id uuid)")

    done = call("doctor", **migrated)
    superuser.execute("drop table careless")

    assert done.returncode == 1
    assert "Without row-level security: careless." in done.stdout


def test_the_books_of_an_empty_database_are_right(migrated: dict[str, str]) -> None:
    done = call("check-books", **migrated)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("The books are right: ")


def test_a_database_of_another_version_is_not_served(migrated: dict[str, str], superuser: psycopg.Connection) -> None:
    name = settings.DATABASES["owner"]["NAME"]
    superuser.execute(sql.SQL("comment on database {} is null").format(sql.Identifier(name)))

    done = call("work", **migrated)

    assert done.returncode == 1
    assert "plancia migrate" in done.stderr


def test_staff_are_made_once_and_with_a_good_password(migrated: dict[str, str], superuser: psycopg.Connection) -> None:
    email, password = "olga@provider.example", "a long and good one"

    weak = call("user", "create-staff", email, "--password", "1234567890", **migrated)
    made = call("user", "create-staff", email, "--password", password, "--name", "Olga Rossi", **migrated)
    again = call("user", "create-staff", email.upper(), "--password", password, **migrated)

    assert [weak.returncode, made.returncode, again.returncode] == [1, 0, 1], (weak, made, again)
    assert "too common" in weak.stderr and "already" in again.stderr
    assert superuser.execute("select first_name, is_staff from accounts_user").fetchall() == [("Olga", True)]


def test_a_bad_catalogue_is_refused_with_every_mistake(migrated: dict[str, str], place: Path) -> None:
    (place / "catalog").mkdir()
    (place / "catalog" / "broken.toml").write_text("name = [")

    done = call("catalog", "import", str(place / "catalog"), **migrated)

    assert done.returncode == 1
    assert "broken.toml" in done.stderr


def test_a_port_that_is_taken_is_said_before_anything_is_started(place: Path) -> None:
    busy = socket.socket()
    busy.bind(("127.0.0.1", 0))
    busy.listen()
    port = busy.getsockname()[1]

    done = run("demo", PORT=str(port), PLANCIA_HOME=str(place))
    busy.close()

    assert done.returncode == 1
    assert f"Port {port}" in done.stderr and "Traceback" not in done.stderr
    assert not (place / "postgres").exists()


@pytest.mark.parametrize("port", ["none", "0", "70000"])
def test_a_port_that_is_none_is_refused(place: Path, port: str) -> None:
    done = run("demo", PORT=port, PLANCIA_HOME=str(place))

    assert done.returncode == 1
    assert "PORT" in done.stderr and "Traceback" not in done.stderr


def test_a_data_directory_that_cannot_be_made_is_refused(place: Path) -> None:
    (place / "file").write_text("")

    done = run("migrate", PLANCIA_HOME=str(place / "file" / "home"))

    assert done.returncode == 1
    assert "PLANCIA_HOME" in done.stderr and "Traceback" not in done.stderr
