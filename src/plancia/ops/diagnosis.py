"""`plancia doctor`: what runs, where the data are, and what is wrong with advice on each."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg

import plancia
from plancia.ops import database, embedded, home, migration, working

LEAST_FREE_BYTES = 1_000_000_000
OLDEST_POSTGRESQL = 150_000
#: Facts and mail that wait longer than this are stuck.
PATIENCE = "10 minutes"
#: Attempts after which a resource is called stuck.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was looked at. What is wrong comes with advice."""

    is_good: bool
    what: str
    advice: str = ""


def examine() -> list[Finding]:
    """Look at everything, and return what was found. Changes nothing."""
    found = [*_place()]
    if database.url():
        return [*found, *_connected()]
    server = embedded.cluster()
    if not server.is_alive():
        state = "stopped" if (server.home / "data").exists() else "not made yet"
        advice = f"Start it with plancia serve and plancia work, or plancia demo. Its log: {server.log}"
        return [*found, Finding(False, f"embedded PostgreSQL: {state} ({server.home})", advice)]
    return [*found, Finding(True, f"embedded PostgreSQL: process {server.postmaster()}, {server.home}"), *_connected()]


def _place() -> Iterator[Finding]:
    version = importlib.metadata.version
    yield Finding(
        True, f"Plancia {plancia.__version__}, Python {platform.python_version()}, Django {version('django')}"
    )
    place = home.directory()
    if not place.exists():
        yield Finding(False, f"data: {place} does not exist", "plancia migrate makes it; PLANCIA_HOME names another.")
        return
    is_writable = os.access(place, os.W_OK)
    yield Finding(is_writable, f"data: {place}", "You may not write there. Run as its owner, or set PLANCIA_HOME.")
    free = shutil.disk_usage(place).free
    yield Finding(free > LEAST_FREE_BYTES, f"disk: {free / 1e9:.1f} GB free", "Make room: the database needs some.")
    yield _mail()


def _mail() -> Finding:
    named = urlsplit(os.environ.get("PLANCIA_MAIL_URL", ""))
    if not named.scheme:
        return Finding(True, "mail: kept and not sent, as PLANCIA_MAIL_URL is not set")
    is_understood = named.scheme in ("smtp", "smtps") and bool(named.hostname)
    advice = "PLANCIA_MAIL_URL should read smtp://user:password@host:587?tls=1"
    return Finding(is_understood, f"mail: by {named.scheme} through {named.hostname}", advice)


def _connected() -> Iterator[Finding]:
    try:
        with psycopg.connect(embedded.of_plancia(), autocommit=True, connect_timeout=5) as connection:
            for look in (_version, _roles, _protection, _schema):
                yield from look(connection)
            if migration.is_current():
                connection.execute(f"set role {database.STAFF}")
                for look in (_workers, _jobs, _backlog, _resources):
                    yield from look(connection)
    except psycopg.OperationalError as error:
        advice = "Look at DATABASE_URL and the server; for the embedded one: plancia migrate."
        yield Finding(False, f"database: no connection ({str(error).strip()})", advice)


def _version(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    number = connection.info.server_version
    text = f"database: PostgreSQL {number // 10000}.{number % 10000}, “{connection.info.dbname}”"
    yield Finding(number >= OLDEST_POSTGRESQL, text, "Plancia needs PostgreSQL 15 or newer.")


def _roles(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    rows = connection.execute(
        "select rolname, rolbypassrls, rolsuper from pg_roles where rolname = any(%s)", [list(database.ROLES.values())]
    ).fetchall()
    roles = {name: (bypasses, is_super) for name, bypasses, is_super in rows}
    missing = sorted(set(database.ROLES.values()) - set(roles))
    if missing:
        yield Finding(False, f"roles: {', '.join(missing)} missing", "Run: plancia migrate")
        return
    app, staff = roles[database.APP], roles[database.STAFF]
    yield Finding(
        not any(app),
        f"roles: {database.APP} is bound by row-level security",
        f"It may see every organization. Run: alter role {database.APP} nosuperuser nobypassrls",
    )
    yield Finding(
        any(staff),
        f"roles: {database.STAFF} sees every organization",
        f"Jobs will find nothing. As a superuser, run: alter role {database.STAFF} bypassrls",
    )


def _protection(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    rows = connection.execute(
        """
        select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped
        where n.nspname = 'public' and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
        order by 1
        """
    ).fetchall()
    names = ", ".join(name for (name,) in rows)
    advice = f"Without row-level security: {names}. Run: plancia migrate; if that does not help, report it."
    yield Finding(not rows, "tenancy: every table of organizations is protected", advice)


def _schema(_: psycopg.Connection[Any]) -> Iterator[Finding]:
    yield Finding(
        migration.is_current(), "schema: what this version needs", "It is of another version. Run: plancia migrate"
    )


def _workers(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    number = _count(
        connection,
        "select count(*) from procrastinate_workers where last_heartbeat > now() - make_interval(secs => %s)",
        working.STALLED_SECONDS,
    )
    yield Finding(number > 0, f"workers: {number} alive", "No job runs. Start one: plancia work")


def _jobs(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    waiting = _count(connection, "select count(*) from procrastinate_jobs where status = 'todo'")
    yield Finding(True, f"jobs: {waiting} waiting")
    stalled = _count(
        connection,
        """
        select count(*) from procrastinate_jobs j left join procrastinate_workers w on w.id = j.worker_id
        where j.status = 'doing' and (w.id is null or w.last_heartbeat < now() - make_interval(secs => %s))
        """,
        working.STALLED_SECONDS,
    )
    yield Finding(stalled == 0, f"jobs: {stalled} of dead workers", "A running plancia work gives them back by itself.")
    failed = connection.execute(
        "select task_name, count(*) from procrastinate_jobs where status = 'failed' group by 1 order by 2 desc"
    ).fetchall()
    names = ", ".join(f"{name} ({number})" for name, number in failed)
    yield Finding(
        not failed, f"jobs: {sum(number for _, number in failed)} failed", f"The worker's log says why: {names}"
    )


def _backlog(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    late: LiteralString = (
        "select count(*) from outbox_fact where told_at is null and happened_at < now() - %s::interval"
    )
    facts = _count(connection, late, PATIENCE)
    yield Finding(facts == 0, f"facts: {facts} untold for {PATIENCE}", "Start plancia work; its log says why.")


def _resources(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    rows = connection.execute(
        "select driver, subject, last_error from provisioning_resource where not is_settled and attempts >= %s "
        "order by attempts desc, id limit 5",
        [TRIES],
    ).fetchall()
    told = "; ".join(f"{subject} ({driver}): {error or 'no reason given'}" for driver, subject, error in rows)
    yield Finding(not rows, "provisioning: nothing is stuck", f"Stuck: {told}")


def _count(connection: psycopg.Connection[Any], query: LiteralString, *parameters: object) -> int:
    row = connection.execute(query, parameters).fetchone()
    return int(row[0]) if row else 0
