"""The periodic work on leaving. Each line is one use case; ops.timetable says when."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from plancia.kernel import clock, transaction
from plancia.leaving import account_closing, account_export, cancelling, retention


def chase_cancellations() -> int:
    """Remind of cancellations that nobody confirmed, and end them in time."""
    with transaction.as_staff():
        return cancelling.chase(at=clock.now())


def close_accounts() -> int:
    """Close the accounts whose users had time enough to change their minds."""
    with transaction.as_staff():
        return account_closing.close_due(at=clock.now())


def erase_past() -> None:
    """Erase what is past its time."""
    with transaction.as_staff():
        retention.run(at=clock.now())


@app.task(name=account_export.MAKE, queue=account_export.QUEUE)
def make_export(export: str) -> None:
    """Make the archive of somebody's data."""
    account_export.make(UUID(export), at=clock.now())
