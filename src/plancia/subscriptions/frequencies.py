"""Frequencies: at which conditions, how long at a time and how far ahead a product may be paid for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.catalog import queries as catalog
from plancia.catalog.models import Plan, Price, ProductType
from plancia.kernel.money import Money
from plancia.subscriptions.models import Change, Subscription


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a term buys, and at which price."""

    plan: Plan
    months: int
    quantity: int
    price: Price

    @property
    def net(self) -> Money:
        """What a whole term costs, before discounts and tax."""
        return self.price.amount.times(self.quantity)


def offered(
    subscriptions: Sequence[Subscription], *, at: datetime, changing: Collection[UUID] | None = None
) -> dict[UUID, dict[int, Conditions]]:
    """
    Return the conditions that the next term of each product may have, by product and months, the shortest first.

    A change that waits for the next term is in them. A frequency that is no longer sold goes on for who has it, at the
    price it had; one that is sold only above an amount is left out below it.
    `changing` are those that such a change waits for, where the caller knows; without any, the query for them is saved.
    Ask with plan, type and price selected; two queries, and one more for each further currency.
    """
    wanted = _wanted(subscriptions, [one.pk for one in subscriptions] if changing is None else changing)
    in_force = _in_force(wanted, at=at)
    result = {}
    for one in subscriptions:
        plan, months, quantity = wanted[one.pk][1:]
        sold = in_force[(plan.pk, one.currency)]
        found = {} if plan.is_withdrawn else {price.months: price for price in sold.values()}
        found = {key: price for key, price in found.items() if not _is_below_minimum(plan, price, quantity)}
        found[months] = sold.get(months) or _last(one, plan, months)
        result[one.pk] = {key: Conditions(plan, key, quantity, found[key]) for key in sorted(found)}
    return result


def present(subscriptions: Sequence[Subscription], *, at: datetime) -> dict[UUID, Conditions]:
    """Return the conditions at which each product goes on if nobody says otherwise, by its key."""
    wanted = _wanted(subscriptions, [one.pk for one in subscriptions])
    in_force = _in_force(wanted, at=at)
    result = {}
    for one, plan, months, quantity in wanted.values():
        price = in_force[(plan.pk, one.currency)].get(months) or _last(one, plan, months)
        result[one.pk] = Conditions(plan, months, quantity, price)
    return result


def most_terms(plan: Plan, months: int) -> int:
    """Return how many terms of that length may be paid at once. Ask with the plan's type selected."""
    return max(1, plan.product_type.months_ahead // months)


def minimum(kind: ProductType, currency: str, months: int) -> Money | None:
    """Return the amount, net, below which a type is not billed that often; None where there is no such."""
    minor = kind.minimums.get(currency, {}).get(str(months))
    return None if minor is None else Money(minor, currency)


def _wanted(
    subscriptions: Sequence[Subscription], changing: Collection[UUID]
) -> dict[UUID, tuple[Subscription, Plan, int, int]]:
    """Each product with the plan, months and quantity of its next term."""
    changes = Change.objects.filter(subscription__any_of=changing, applied_at=None, withdrawn_at=None)
    # An empty list asks the database nothing.
    waiting = {change.subscription_id: change for change in changes.select_related("plan__product_type")}
    return {
        one.pk: (one, waiting[one.pk].plan, waiting[one.pk].months, waiting[one.pk].quantity)
        if one.pk in waiting
        else (one, one.plan, one.months, one.quantity)
        for one in subscriptions
    }


def _in_force(
    wanted: Mapping[UUID, tuple[Subscription, Plan, int, int]], *, at: datetime
) -> dict[tuple[UUID, str], dict[int, Price]]:
    found: dict[tuple[UUID, str], dict[int, Price]] = defaultdict(dict)
    for currency in sorted({one.currency for one, *_ in wanted.values()}):
        plans = {plan.pk: plan for one, plan, *_ in wanted.values() if one.currency == currency}
        for price in catalog.prices_in_force(list(plans.values()), currency=currency, at=at):
            found[(price.plan_id, currency)][price.months] = price
    return found


def _last(one: Subscription, plan: Plan, months: int) -> Price:
    """The price that was in force last, for what is no longer sold."""
    if (one.plan_id, one.months) == (plan.pk, months) and one.price.months == months:
        return one.price
    past = Price.objects.filter(plan=plan, currency=one.currency, months=months)
    found: Price = past.order_by("-version").first() or one.price
    return found


def _is_below_minimum(plan: Plan, price: Price, quantity: int) -> bool:
    least = minimum(plan.product_type, price.currency, price.months)
    return least is not None and price.amount.times(quantity) < least
