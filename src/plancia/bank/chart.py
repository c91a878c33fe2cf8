"""The accounts between the bank and the customers: what came and is nobody's yet, and what is on its way out."""

from __future__ import annotations

from plancia.ledger import accounts
from plancia.ledger.models import Kind

UNMATCHED = accounts.heading("unmatched", kind=Kind.LIABILITY)
OUTGOING = accounts.heading(
    "outgoing", kind=Kind.LIABILITY, is_of_organization=True, tracks_balance=True, is_floored=True
)
RETURNING = accounts.heading("returning", kind=Kind.LIABILITY)


def unmatched(currency: str) -> str:
    """Return the account of money that came to the bank and is not known to be anybody's."""
    return UNMATCHED.code(currency)


def returning(currency: str) -> str:
    """Return the account of money that is nobody's and on its way back to its payer."""
    return RETURNING.code(currency)


def outgoing(organization: str, currency: str) -> str:
    """Return the account of an organization's money that is to leave, and has not left."""
    return OUTGOING.code(organization, currency)
