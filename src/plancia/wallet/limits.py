"""Limits of the prepaid account: how much may be added at once, by which method, and how much may stand on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.conf import settings

from plancia.kernel.money import Money
from plancia.payments.methods import Method


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and, for each method, the most of one top-up; the most that may be on the account."""

    least: Money
    most: Mapping[Method, Money]
    balance: Money


def of(currency: str) -> Limits:
    """Return the limits in a currency, whose unit they count. Source: SPEC 6.1, settings.PREPAID_LIMITS."""
    amounts = {name: Money.of(amount, currency) for name, amount in settings.PREPAID_LIMITS.items()}
    return Limits(
        least=amounts["least"],
        most=MappingProxyType({Method.CARD: amounts["card"], Method.PAYPAL: amounts["paypal"]}),
        balance=amounts["balance"],
    )
