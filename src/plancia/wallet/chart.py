"""The prepaid account, as the books know it."""

from __future__ import annotations

from plancia.ledger import accounts
from plancia.ledger.models import Kind

PREPAID = accounts.heading(
    "prepaid", kind=Kind.LIABILITY, is_of_organization=True, tracks_balance=True, is_floored=True
)


def prepaid(organization: str, currency: str) -> str:
    """Return the account of the money that an organization keeps with the provider."""
    return PREPAID.code(organization, currency)
