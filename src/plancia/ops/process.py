"""
The long-running processes: web, worker, gateway.

The demo starts them from here, and not by the command line, whose import takes each of them half a second.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from plancia.ops import embedded, home, lifeline, migration, postgres


class NotReady(Exception):
    """The database is not what this version needs; the message says what to do."""


#: What is refused with a sentence; anything else is a defect and shown whole.
SENTENCES = (home.Unusable, postgres.NotStarted, migration.NotPermitted, NotReady)


@contextmanager
def database() -> Iterator[None]:
    """
    Have the database running, and up to date, within the block.

    Raises: NotReady, home.Unusable, postgres.NotStarted.
    """
    lifeline.unwind(signal.SIGTERM, signal.SIGHUP)
    with embedded.in_use():
        if not migration.is_current():
            raise NotReady("The database is not what this version needs. Run: plancia migrate")
        yield


def web(*, host: str, port: int, workers: int = 1, threads: int = 4) -> None:
    """Serve the web until asked to stop."""
    from plancia.ops import serving

    lifeline.watch()
    with database():
        serving.serve(host=host, port=port, workers=workers, threads=threads, tell=print)


def worker(*, concurrency: int = 4) -> None:
    """Run jobs and the timetable until asked to stop."""
    from plancia.ops import working

    lifeline.watch()
    with database():
        working.work(concurrency=concurrency)


def gateway(*, host: str, port: int) -> None:
    """Run the rehearsal gateway until asked to stop."""
    from plancia.payments import rehearsal

    lifeline.watch()
    home.prepare()
    secret = home.secret("rehearsal-gateway", make=lambda: secrets.token_urlsafe(32))
    rehearsal.main(host=host, port=port, secret=secret)


def mail(*, host: str, port: int) -> None:
    """Take the mail that is sent to support until asked to stop."""
    lifeline.watch()
    with database():
        import django

        django.setup()
        from plancia.ops import mail_in

        mail_in.run(host, port)


def main() -> int:
    """Run one of them, as the demo asks."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "plancia.config.settings")
    parser = argparse.ArgumentParser(prog="plancia.ops.process")
    parser.add_argument("which", choices=["web", "worker", "gateway"])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    wanted = parser.parse_args()
    try:
        if wanted.which == "web":
            web(host=wanted.host, port=wanted.port)
        elif wanted.which == "worker":
            worker()
        else:
            gateway(host=wanted.host, port=wanted.port)
    except SENTENCES as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
