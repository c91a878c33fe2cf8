"""The prepaid account, as the books know it."""

from __future__ import annotations

from plancia.ledger import accounts
from plancia.ledger.models import Kind

PREPAID = accounts.heading(
    "prepaid", kind=Kind.LIABILITY, is_of_organization=True, tracks_balance=True, is_floored=True
)


REFUNDING = accounts.heading(
    "refunding", kind=Kind.LIABILITY, is_of_organization=True, tracks_balance=True, is_floored=True
)


def refunding(organization: str, currency: str) -> str:
    """Return the account of an organization's money that is on its way back through a gateway."""
    return REFUNDING.code(organization, currency)


def prepaid(organization: str, currency: str) -> str:
    """Return the account of the money that an organization keeps with the provider."""
    return PREPAID.code(organization, currency)
