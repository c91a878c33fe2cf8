from __future__ import annotations

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from plancia.federation import app_sessions, signing
from plancia.kernel import clock, transaction

#: 2, 4, 8 … seconds: about half an hour in all.
_RETRY = RetryStrategy(max_attempts=10, exponential_wait=2)


@app.task(name=app_sessions.TELL, queue=app_sessions.QUEUE, retry=_RETRY)
def tell_app(session: str) -> None:
    """Tell an app that somebody has signed out."""
    app_sessions.tell_app(UUID(session), at=clock.now())


def rotate_keys() -> None:
    """Put another signing key in the place of one that has signed long enough."""
    with transaction.as_staff():
        signing.rotate_when_due(at=clock.now())


def forget_codes() -> None:
    """Delete codes, tokens and app sessions that nobody will ask for again."""
    with transaction.as_staff():
        app_sessions.forget(at=clock.now())
