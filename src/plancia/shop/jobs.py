"""What the worker does for orders."""

from __future__ import annotations

from plancia.kernel import clock
from plancia.shop import cancellation


def expire_orders() -> int:
    """End the orders that nobody paid in time."""
    return cancellation.expire_due(at=clock.now())
