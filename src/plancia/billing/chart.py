"""The chart of accounts of billing: what customers owe, what was earned, and whose tax it is."""

from __future__ import annotations

from plancia.ledger import accounts
from plancia.ledger.models import Kind

_RECEIVABLE = accounts.heading("receivable", kind=Kind.ASSET, is_of_organization=True, tracks_balance=True)
_REVENUE = accounts.heading("revenue", kind=Kind.INCOME)
_TAX = accounts.heading("tax", kind=Kind.LIABILITY)


def receivable(organization: str, currency: str) -> str:
    """Return the account of what an organization owes on its invoices."""
    return _RECEIVABLE.code(organization, currency)


def revenue(currency: str) -> str:
    """Return the account of what was billed, net."""
    return _REVENUE.code(currency)


def tax(country: str, currency: str) -> str:
    """Return the account of the VAT that is owed to a country."""
    return _TAX.code(country, currency)
