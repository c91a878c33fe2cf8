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
from collections.abc import Iterator
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


def pytest_sessionfinish(session: pytest.Session) -> None:
    from django.db import connections

    connections.close_all()
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


def _use(settings, connections, name: str) -> None:
    for alias in database.ROLES:
        settings.DATABASES[alias]["NAME"] = name
        connections.settings[alias]["NAME"] = name
        connections[alias].settings_dict["NAME"] = name


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


_EMPTY = """
do $$
declare name text; has_rows boolean;
begin
    set local session_replication_role = replica;
    for name in select tablename from pg_tables where schemaname = 'public' and tablename <> all(%s) loop
        execute format('select exists (select from %%I)', name) into has_rows;
        if has_rows then execute format('delete from %%I', name); end if;
    end loop;
end $$
"""


def _empty() -> None:
    """Delete all rows, with triggers and foreign keys off: a few milliseconds, where truncating takes a hundred."""
    with psycopg.connect(CLUSTER.superuser, dbname=NAME, autocommit=True, cursor_factory=psycopg.ClientCursor) as admin:
        admin.execute(_EMPTY, [list(KEPT)])
