"""
The test database: a throwaway cluster, real roles, real commits.

Every test writes as the program does, on the connections and roles of production, and commits. Afterwards all rows
are deleted with triggers off, which takes a few milliseconds. So isolation, deferred constraints and jobs are tested as
they are.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

# The first process names the place; the workers that it starts inherit the name.
# Whoever names it himself keeps the cluster between runs: the template is then reused while no migration changed.
_IS_KEPT = os.environ.setdefault("PLANCIA_TEST_KEEP", "1" if "PLANCIA_TEST_BASE" in os.environ else "") == "1"
_BASE = Path(os.environ.setdefault("PLANCIA_TEST_BASE", f"{tempfile.gettempdir()}/plancia-tests-{os.getpid()}"))
os.environ.update(
    PLANCIA_MODE="test",
    PLANCIA_HOME=str(_BASE),
    PLANCIA_SECRET_KEY="a key for tests",
    PLANCIA_LANGUAGE="en",
    DJANGO_SETTINGS_MODULE="plancia.config.settings",
)
os.environ.pop("DATABASE_URL", None)

import django  # noqa: E402  (the environment comes first)

django.setup()
django.conf.settings.PASSWORD_HASHERS = ["tests.people.QuickHasher", "plancia.accounts.keys.KeyHasher"]

from plancia.ops import database, postgres  # noqa: E402  (so does Django)

CLUSTER = postgres.Cluster(_BASE / "postgres", configuration=postgres.CONFIGURATION + postgres.THROWAWAY)
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
_MIGRATIONS = sorted(Path(database.__file__).parent.parent.glob("*/migrations/*.py"))
TEMPLATE = "plancia_" + hashlib.sha256(b"".join(file.read_bytes() for file in _MIGRATIONS)).hexdigest()[:12]
NAME = f"plancia_{WORKER}_{os.getpid()}"

#: What is reference data, loaded once and not deleted between tests.
KEPT = {"django_migrations", "django_content_type", "auth_permission", "procrastinate_version"}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that have long tests, so that no process has one of them left when the others are done."""
    long = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long)


def pytest_sessionfinish(session: pytest.Session) -> None:
    from django.db import connections

    connections.close_all()
    if _cleaner.cache_info().currsize:
        _cleaner()[0].close()
    if _IS_KEPT and CLUSTER.is_alive():
        with psycopg.connect(CLUSTER.superuser, autocommit=True) as admin:
            admin.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(NAME)))
    elif WORKER == "main" and _BASE.exists():
        CLUSTER.stop()
        shutil.rmtree(_BASE, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> None:
    """Start the cluster, migrate a template once, and clone it for this worker."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    _BASE.mkdir(parents=True, exist_ok=True)
    with (_BASE / "setup.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        CLUSTER.start()
        with psycopg.connect(CLUSTER.superuser, autocommit=True) as admin:
            ready = admin.execute("select 1 from pg_database where datname = %s", [f"{TEMPLATE}_ready"]).fetchone()
            if not ready:
                database.prepare(CLUSTER.superuser, TEMPLATE)
                _use(settings, connections, TEMPLATE)
                with django_db_blocker.unblock():
                    call_command("migrate", database="owner", verbosity=0, interactive=False)
                connections.close_all()
                admin.execute(
                    sql.SQL("create database {} template {}").format(
                        sql.Identifier(f"{TEMPLATE}_ready"), sql.Identifier(TEMPLATE)
                    )
                )
            admin.execute(
                sql.SQL("create database {} template {} owner {}").format(
                    sql.Identifier(NAME), sql.Identifier(TEMPLATE), sql.Identifier(database.OWNER)
                )
            )
    _use(settings, connections, NAME)


@pytest.fixture(scope="session")
def template(django_db_setup: None) -> str:
    """Where a database lies that migrations have made and nobody has used; `copies.fill` copies it."""
    return psycopg.conninfo.make_conninfo(CLUSTER.superuser, dbname=f"{TEMPLATE}_ready")


def _use(settings, connections, name: str) -> None:
    for alias in database.ROLES:
        settings.DATABASES[alias]["NAME"] = name
        connections.settings[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture(scope="session")
def once() -> Callable[[str, Callable[[Path], None]], Path]:
    """Make a directory by a name and a way to fill it, in the first worker that asks; return where it is."""

    def make(name: str, fill: Callable[[Path], None]) -> Path:
        _BASE.mkdir(parents=True, exist_ok=True)
        place = _BASE / name / TEMPLATE
        with (_BASE / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                shutil.rmtree(place.parent, ignore_errors=True)
                fresh = place.with_suffix(".new")
                fresh.mkdir(parents=True)
                fill(fresh)
                fresh.rename(place)
        return place

    return make


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """
    A real browser, one for the tests of a file.

    No longer than that: while it lives, an event loop runs in this thread, and code that starts one of its own refuses.
    """
    from tests import chromium

    with chromium.running() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _speak_as_before() -> Iterator[None]:
    """Let no test pass on the language that it spoke last."""
    yield
    from django.utils import translation

    translation.deactivate()


@pytest.fixture
def db(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Let the test use the database, and leave it empty. Commits are real, so `transactional_db` is the same."""
    with django_db_blocker.unblock():
        yield
        from django.db import connections

        connections.close_all()
        _empty()


@pytest.fixture(scope="module")
def lasting_db(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """The same as `db`, for all tests of a file: for a world that is dear to build, and that no test changes."""
    with django_db_blocker.unblock():
        yield
        from django.db import connections

        connections.close_all()
        _empty()


@pytest.fixture
def transactional_db(db: None) -> None:
    """The same as `db`: every test commits."""


@pytest.fixture
def staff(db: None) -> Iterator[None]:
    """Ask as the role *staff* throughout the test, as jobs and the back office do."""
    from plancia.kernel import transaction

    with transaction.as_staff():
        yield


@pytest.fixture
def superuser(db: None) -> Iterator[psycopg.Connection]:
    """A connection that no rule binds, to look at what really is there."""
    with psycopg.connect(CLUSTER.superuser, dbname=NAME, autocommit=True) as connection:
        yield connection


@cache
def _cleaner() -> tuple[psycopg.Connection, str]:
    """A connection that no rule binds, and a question for the tables that have rows, which it prepares once."""
    admin = psycopg.connect(CLUSTER.superuser, dbname=NAME, autocommit=True, prepare_threshold=0)
    admin.execute("set session_replication_role = replica")
    tables = admin.execute(
        "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        " and relname <> all(%s)",
        [list(KEPT)],
    ).fetchall()
    return admin, " union all ".join(f"select '{name}' where exists (select from {name})" for (name,) in tables)


def _empty() -> None:
    """Delete all rows, with triggers and foreign keys off: a few milliseconds, where truncating takes a hundred."""
    admin, which = _cleaner()
    if filled := admin.execute(which).fetchall():
        admin.execute("; ".join(f"delete from {name}" for (name,) in filled), prepare=False)
