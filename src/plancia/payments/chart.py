"""The accounts of money on its way in."""

from __future__ import annotations

from plancia.ledger import accounts
from plancia.ledger.models import Kind

CLEARING = accounts.heading("clearing", kind=Kind.ASSET)
BANK = accounts.heading("bank", kind=Kind.ASSET)
INCOMING = accounts.heading(
    "incoming", kind=Kind.LIABILITY, is_of_organization=True, tracks_balance=True, is_floored=True
)


DISPUTED = accounts.heading("disputed", kind=Kind.ASSET, is_of_organization=True, tracks_balance=True)


def disputed(organization: str, currency: str) -> str:
    """Return the account of what an organization owes, since it took payments back."""
    return DISPUTED.code(organization, currency)


def clearing(gateway: str, currency: str) -> str:
    """Return the account of what a gateway has collected and not yet paid out to the provider."""
    return CLEARING.code(gateway, currency)


def bank(currency: str) -> str:
    """Return the account of the provider's bank."""
    return BANK.code(currency)


def incoming(organization: str, currency: str) -> str:
    """Return the account of money that came from an organization and pays for nothing yet."""
    return INCOMING.code(organization, currency)
