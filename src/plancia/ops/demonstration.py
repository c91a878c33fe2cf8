"""`plancia demo`: a provider with a past, served until stopped."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import psycopg

from plancia.ops import database, embedded, home, lifeline, migration, ports, statics, supervision, terminal

PREFERRED_PORT = 8000
BUILDING, BUILT = "building", "built"
LOOK_EVERY_SECONDS = 0.05


class Refused(Exception):
    """The demo cannot run here; the message says why."""


@dataclass(slots=True)
class _Places:
    """Where web and gateway listen. The claims keep the ports ours until the servers have them."""

    web: socket
    gateway: socket
    host: str

    @property
    def web_url(self) -> str:
        return f"http://{_shown(self.host)}:{ports.number(self.web)}"

    @property
    def gateway_url(self) -> str:
        return f"http://{_shown(self.host)}:{ports.number(self.gateway)}"


def demonstrate(*, host: str) -> None:
    """
    Serve the demo until asked to stop: database, web, worker and the rehearsal gateway.

    Raises: Refused, home.Unusable, postgres.NotStarted.
    """
    began_at = time.monotonic()
    os.environ["PLANCIA_MODE"] = "demo"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "plancia.config.settings")
    place = home.prepare()
    places = _claim(host)
    os.environ["PORT"] = str(ports.number(places.web))
    os.environ.setdefault("PLANCIA_BASE_URL", places.web_url)
    os.environ["PLANCIA_REHEARSAL_GATEWAY_URL"] = places.gateway_url
    with _interruptible(), contextlib.ExitStack() as stack:
        with terminal.progress("Plancia") as tell:
            tell("starting the database")
            stack.enter_context(embedded.in_use(tell))
            with (place / "demo.lock").open("w") as lock:
                _take(lock.fileno(), tell)
                _build_past(tell)
            statics.collect(place, tell=tell)
            tell("starting web, worker and gateway")
        supervisor = supervision.Supervisor(_children(places, place / "logs"), tell=terminal.say)
        greeting = _Greeting(places, began_at)
        # The gateway does not share its port, so its claim ends as it starts.
        places.gateway.close()
        supervisor.run(on_tick=greeting.look)
    terminal.say("Stopped.")


def _claim(host: str) -> _Places:
    wanted = os.environ.get("PORT", "")
    if wanted:
        if not wanted.isdigit() or not 0 < int(wanted) < 65_536:
            raise Refused(f"PORT is {wanted!r}; it should be a number from 1 to 65535.")
        web = ports.claim(host, int(wanted))
        if not web:
            raise Refused(f"Port {wanted} on {host} is taken, or not yours to use. Choose another: PORT=8123 make demo")
    else:
        web = ports.first_free(host, PREFERRED_PORT)
        if not web:
            raise Refused(f"There is no free port on {host} from {PREFERRED_PORT} on. Set PORT.")
        if ports.number(web) != PREFERRED_PORT:
            terminal.say(f"Port {PREFERRED_PORT} is taken; using {ports.number(web)}.")
    gateway = ports.claim(host, 0)
    if not gateway:
        raise Refused(f"There is no free port on {host} for the gateway.")
    return _Places(web, gateway, host)


def _build_past(tell: terminal.Tell) -> None:
    """Bring the database up to date and give it a past, unless it has one. A past that was cut short is begun anew."""
    past = migration.note().get("past")
    if past == BUILDING:
        if database.url():
            raise Refused(
                "The past of this demo was cut short. Empty the database that DATABASE_URL names, and try again."
            )
        tell("the past was cut short; beginning anew")
        with psycopg.connect(embedded.superuser(), autocommit=True) as connection:
            connection.execute(f"drop database if exists {database.NAME} with (force)")
    migration.bring_up(tell=tell)
    if past == BUILT:
        return
    if _has_organizations():
        raise Refused("This database holds real data, not a demo's. Set PLANCIA_HOME or DATABASE_URL to another place.")
    migration.remember(past=BUILDING)
    # Nothing is lost by a crash here, as the past is then begun anew: no need to wait for the disk at each commit.
    before = os.environ.get("PGOPTIONS")
    os.environ["PGOPTIONS"] = f"{before or ''} -c synchronous_commit=off".strip()
    try:
        import django

        django.setup()
        from django.db import connections

        from plancia.demo import past as demo_past

        demo_past.build(tell=tell)
        connections.close_all()
        for used in connections.all():
            used.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's wrapper has one
    finally:
        os.environ.pop("PGOPTIONS")
        if before is not None:
            os.environ["PGOPTIONS"] = before
    migration.remember(past=BUILT)


def _has_organizations() -> bool:
    with psycopg.connect(embedded.of_plancia(), autocommit=True) as connection:
        connection.execute(f"set role {database.STAFF}")
        row = connection.execute("select exists (select from organizations_organization)").fetchone()
    return bool(row and row[0])


def _children(places: _Places, logs: Path) -> list[supervision.Child]:
    port = ports.number(places.web)
    start = [sys.executable, "-m", "plancia.ops.process"]
    gateway = [*start, "gateway", "--host", places.host, "--port", str(ports.number(places.gateway))]
    return [
        supervision.Child("web", [*start, "web", "--host", places.host, "--port", str(port)], logs / f"web-{port}.log"),
        supervision.Child("worker", [*start, "worker"], logs / f"worker-{port}.log"),
        supervision.Child("gateway", gateway, logs / f"gateway-{port}.log"),
    ]


class _Greeting:
    """Waits until the web answers, then says where it is and who may sign in."""

    def __init__(self, places: _Places, began_at: float) -> None:
        self.places, self.began_at = places, began_at
        self.is_said = False

    def look(self) -> float | None:
        """Look whether the web answers. Returns when to look again; None once it does."""
        if self.is_said:
            return None
        web = http.client.HTTPConnection(_shown(self.places.host), ports.number(self.places.web), timeout=5)
        try:
            web.request("GET", "/healthz")
            web.getresponse().read()
        except (OSError, http.client.HTTPException):
            return LOOK_EVERY_SECONDS
        finally:
            web.close()
        self.is_said = True
        self._say()
        return None

    def _say(self) -> None:
        from plancia.demo import cast

        terminal.say(f"Plancia is ready after {time.monotonic() - self.began_at:.1f} s: {self.places.web_url}")
        terminal.say()
        for who, email, password, what in cast.SIGN_INS:
            terminal.say(f"  {email:<28} {password:<16} {who}: {what}")
        terminal.say()
        terminal.say(f"The data are in {home.directory()}. Ctrl-C stops everything.")


def _shown(host: str) -> str:
    """Return how `host` is written in an address that somebody on this machine opens."""
    if host in ("0.0.0.0", "::", "127.0.0.1"):  # noqa: S104  (compared, not bound)
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _take(lock: int, tell: Callable[[str], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        tell("another demo is making the past; waiting")
        fcntl.flock(lock, fcntl.LOCK_EX)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind like Ctrl-C while we prepare; the supervisor has handlers of its own later."""
    lifeline.unwind(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    with contextlib.suppress(SystemExit):
        yield
