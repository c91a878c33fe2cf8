"""
Using the embedded PostgreSQL together.

Every process that needs the server holds a shared lock on a file beside it. The first one starts the server, each of
them starts it again should it die, and the last one to leave stops it. Source: docs/decisions/0003.
"""

from __future__ import annotations

import fcntl
import logging
import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from plancia.ops import database, home, postgres

logger = logging.getLogger(__name__)


def cluster() -> postgres.Cluster:
    """Return the embedded server of the data directory, whether it runs or not."""
    return postgres.Cluster(home.directory() / "postgres")


def superuser() -> str:
    """Return a connection string of somebody who may create roles: `DATABASE_URL`, or the embedded superuser."""
    return database.url() or cluster().superuser


def of_plancia() -> str:
    """Return a connection string of the same somebody to Plancia's own database."""
    return database.url() or psycopg.conninfo.make_conninfo(cluster().superuser, dbname=database.NAME)


@contextmanager
def in_use(tell: Callable[[str], None] = lambda _: None) -> Iterator[None]:
    """
    Have the server running within the block. With `DATABASE_URL` there is nothing to do.

    Raises: home.Unusable, postgres.NotStarted.
    """
    if database.url():
        yield
        return
    home.prepare()
    server = cluster()
    server.home.mkdir(exist_ok=True)
    server.home.chmod(0o755)
    users = os.open(server.home / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while a last user is stopping the server
        try:
            server.start(tell=tell)
            with _kept_alive(server):
                yield
        finally:
            with _undisturbed():
                try:
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    pass  # somebody else still uses it
                else:
                    server.stop()
    finally:
        os.close(users)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let no second Ctrl-C keep us from leaving in order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in numbers]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@contextmanager
def _kept_alive(server: postgres.Cluster) -> Iterator[None]:
    """Start the server again whenever it dies. A connection that breaks tells us so; nothing is polled."""
    stop, wake = os.pipe()

    def keep() -> None:
        while True:
            try:
                with psycopg.connect(server.superuser, autocommit=True) as connection:
                    ready, _, _ = select.select([connection.fileno(), stop], [], [])
                    if stop in ready:
                        return
            except psycopg.Error:
                pass
            if select.select([stop], [], [], 0)[0]:
                return
            try:
                logger.warning("PostgreSQL has gone; starting it again")
                server.start()
            except (postgres.NotStarted, OSError) as error:
                logger.error("%s", error)
                if select.select([stop], [], [], 5)[0]:
                    return

    keeper = threading.Thread(target=keep, name="postgres-keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        os.write(wake, b".")
        keeper.join(timeout=60)
        os.close(wake)
        os.close(stop)
