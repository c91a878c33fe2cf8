"""Promises: what reduces a line, as an order keeps it until it is paid."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from plancia.kernel.money import Money
from plancia.shop.models import OrderLine
from plancia.subscriptions.discounts import Promise, Reduction


def kept(promise: Promise) -> dict[str, object]:
    """Return a promise as a line of an order keeps it."""
    reduction = promise.reduction
    return {
        "percent": str(reduction.percent),
        "amount_minor": None if reduction.amount is None else reduction.amount.minor,
        "most_minor": None if reduction.most is None else reduction.most.minor,
        "code": reduction.code,
        "terms": promise.terms,
        "source": promise.source,
    }


def read(kept: Mapping[str, Any], currency: str) -> Promise | None:
    """Return the promise that a line of an order keeps, or None."""
    if not kept:
        return None
    amount, most = kept["amount_minor"], kept["most_minor"]
    reduction = Reduction(
        Decimal(kept["percent"]),
        None if amount is None else Money(amount, currency),
        None if most is None else Money(most, currency),
        kept["code"],
    )
    return Promise(reduction, kept["terms"], kept["source"])


def why(line: OrderLine, currency: str, language: str | None = None) -> str:
    """Return what reduced a line, in words; empty where nothing did."""
    promise = read(line.promise, currency)
    return promise.reduction.words(language) if promise and line.discount_minor else ""
