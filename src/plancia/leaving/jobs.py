"""The periodic work on leaving. Each line is one use case; ops.timetable says when."""

from __future__ import annotations

from plancia.kernel import clock, transaction
from plancia.leaving import cancelling


def chase_cancellations() -> int:
    """Remind of cancellations that nobody confirmed, and end them in time."""
    with transaction.as_staff():
        return cancelling.chase(at=clock.now())
