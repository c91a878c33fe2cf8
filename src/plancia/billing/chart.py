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


def revenue(currency: str, entity: str = "") -> str:
    """Return the account of what a legal entity of the provider billed, net."""
    return _REVENUE.code(*_of(entity), currency)


def tax(country: str, currency: str, entity: str = "") -> str:
    """Return the account of the VAT that a legal entity of the provider owes to a country."""
    return _TAX.code(*_of(entity), country, currency)


def _of(entity: str) -> tuple[str, ...]:
    # The first legal entity has the short codes, so that a second one changes no account.
    return (entity,) if entity else ()
