"""
Bringing the database up to date, and remembering on the database itself how far it is.

The note is a comment on the database. It lets a start find out in milliseconds, without Django, that nothing is to do.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from plancia.ops import database, embedded

#: Packages, beside ours, that bring tables.
_OTHERS = ("django", "django-allauth", "procrastinate")


class NotPermitted(Exception):
    """The login of `DATABASE_URL` may not prepare the database; the message says what to do."""


def fingerprint() -> str:
    """Return what the schema follows from: our migrations, and the versions of the packages that bring some."""
    total = hashlib.sha256(" ".join(f"{name}={importlib.metadata.version(name)}" for name in _OTHERS).encode())
    for file in sorted(Path(__file__).parent.parent.glob("*/migrations/*.py")):
        total.update(f"{file.parent.parent.name}/{file.name}".encode() + file.read_bytes())
    return total.hexdigest()[:16]


def note() -> dict[str, str]:
    """Return what is remembered on the database; nothing where there is no database yet."""
    try:
        with psycopg.connect(embedded.of_plancia(), autocommit=True) as connection:
            return _read(connection)
    except psycopg.OperationalError as error:
        if "does not exist" in str(error):
            return {}
        raise


def remember(**changes: str | None) -> None:
    """Write on the database what changed; None forgets."""
    with psycopg.connect(embedded.of_plancia(), autocommit=True) as connection:
        kept = {key: value for key, value in {**_read(connection), **changes}.items() if value is not None}
        connection.execute(
            sql.SQL("comment on database {} is {}").format(
                sql.Identifier(connection.info.dbname), sql.Literal(f"plancia {json.dumps(kept, sort_keys=True)}")
            )
        )


def is_current() -> bool:
    """Say whether the schema is what this version needs."""
    return note().get("schema") == fingerprint()


def bring_up(*, tell: Callable[[str], None] = lambda _: None) -> bool:
    """
    Make roles, database and tables what this version needs, and say whether anything was to be done.

    Safe to run at any time, by several at once: the second waits, and finds it done.

    Raises: NotPermitted.
    """
    if is_current():
        return False
    try:
        name = psycopg.conninfo.conninfo_to_dict(embedded.of_plancia()).get("dbname") or database.NAME
        database.prepare(embedded.superuser(), str(name))
        with _one_at_a_time():
            if is_current():
                return False
            tell("making the tables")
            _migrate()
            remember(schema=fingerprint())
    except psycopg.errors.InsufficientPrivilege as error:
        raise NotPermitted(
            f"The login of DATABASE_URL may not prepare the database ({str(error).strip()}). "
            "docs/runbook.md, “A database of your own”, has the statements that a superuser runs once."
        ) from error
    return True


def pending() -> list[str]:
    """Return the migrations that the database lacks. Needs Django."""
    from django.db import connections
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connections["owner"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _migrate() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    call_command("migrate", database="owner", verbosity=0, interactive=False)
    connections["owner"].close()


@contextmanager
def _one_at_a_time() -> Any:
    with psycopg.connect(embedded.of_plancia(), autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(hashtext('plancia.migrate'))")
        yield


def _read(connection: psycopg.Connection[Any]) -> dict[str, str]:
    row = connection.execute(
        "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()"
    ).fetchone()
    text = (row and row[0]) or ""
    return dict(json.loads(text.removeprefix("plancia "))) if text.startswith("plancia ") else {}
