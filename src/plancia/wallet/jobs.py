"""What the prepaid account does by itself. Each line is one use case; ops.timetable says when."""

from __future__ import annotations

from plancia.kernel import clock, transaction
from plancia.wallet import automatic, refunding


def top_up_automatically() -> int:
    """Add money where the balance is low and the customer wished it."""
    with transaction.as_staff():
        return automatic.run_due(at=clock.now())


def ask_refunds() -> int:
    """Send back what staff gave back."""
    return refunding.ask_due(at=clock.now())
