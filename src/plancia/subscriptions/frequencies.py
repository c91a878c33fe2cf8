"""Frequencies: how long at a time a product may be paid for, and at which price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from plancia.catalog import queries as catalog
from plancia.catalog.models import Price
from plancia.subscriptions.models import Subscription

#: How far ahead a product may be paid, in months.
MONTHS_AHEAD = 36


def offered(subscriptions: Sequence[Subscription], *, at: datetime) -> dict[UUID, list[Price]]:
    """
    Return the prices that each product may go on at, from the shortest frequency to the longest, by its key.

    A frequency that is no longer sold goes on for who has it, at the price it had. Ask with plan and price selected;
    one query for each currency.
    """
    in_force: dict[tuple[UUID, str], dict[int, Price]] = defaultdict(dict)
    for currency in sorted({one.currency for one in subscriptions}):
        plans = {one.plan_id: one.plan for one in subscriptions if one.currency == currency}
        for price in catalog.prices_in_force(list(plans.values()), currency=currency, at=at):
            in_force[(price.plan_id, currency)][price.months] = price
    result = {}
    for one in subscriptions:
        sold = in_force[(one.plan_id, one.currency)]
        choices = {} if one.plan.is_withdrawn else dict(sold)
        choices[one.months] = sold.get(one.months, one.price)
        result[one.pk] = [choices[months] for months in sorted(choices)]
    return result


def present(subscriptions: Sequence[Subscription], *, at: datetime) -> dict[UUID, Price]:
    """Return the price that each product goes on at if nothing changes, by its key."""
    sold = offered(subscriptions, at=at)
    return {one.pk: next(price for price in sold[one.pk] if price.months == one.months) for one in subscriptions}


def most_terms(months: int) -> int:
    """Return how many terms of that length may be paid at once."""
    return max(1, MONTHS_AHEAD // months)
