"""What payments do by themselves. Each line is one use case; ops.timetable says when."""

from __future__ import annotations

from plancia.kernel import clock, transaction
from plancia.payments import asking, profiles


def ask_gateways() -> int:
    """Charge saved profiles."""
    return asking.ask_due(at=clock.now())


def forget_profiles() -> int:
    """Let gateways forget what was given up."""
    return asking.forget_due(at=clock.now())


def tell_expiring() -> int:
    """Warn of cards that end soon."""
    with transaction.as_staff():
        return profiles.tell_expiring(at=clock.now())
