"""The nightly work on products. Each line is one use case; ops.timetable says when."""

from __future__ import annotations

from plancia.kernel import clock, transaction
from plancia.subscriptions import collection, coverage, dunning, plan_change, remittance, renewal, suspension


def offer_renewals() -> int:
    """Offer what ends soon."""
    with transaction.as_staff():
        return renewal.offer_due(at=clock.now())


def collect_renewals() -> int:
    """Collect what renews itself."""
    with transaction.as_staff():
        return collection.collect_due(at=clock.now())


def warn_of_shortages() -> int:
    """Warn of renewals that prepaid accounts will not cover."""
    with transaction.as_staff():
        return coverage.warn_due(at=clock.now())


def enforce_payment() -> int:
    """Restrict, suspend and end what stays unpaid or was given up."""
    with transaction.as_staff():
        return suspension.enforce(at=clock.now())


def end_selections() -> int:
    """End what customers chose to pay and did not."""
    with transaction.as_staff():
        return remittance.end_expired(at=clock.now())


def apply_changes() -> int:
    """Let changes take effect whose term has begun."""
    with transaction.as_staff():
        return plan_change.apply_due(at=clock.now())


def remind() -> int:
    """Remind of invoices that are not paid."""
    with transaction.as_staff():
        return dunning.remind_due(at=clock.now())
