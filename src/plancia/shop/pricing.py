"""
Pricing: what a list of wishes costs a buyer at an instant.

The same arithmetic makes the quote, the order and the invoice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from plancia.billing import vat
from plancia.billing.parties import Party
from plancia.catalog import choices as catalog_choices
from plancia.catalog import queries as catalog
from plancia.catalog import texts
from plancia.catalog.models import Plan, Price
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.subscriptions.discounts import Promise


class NoLongerOffered(Refusal):
    """Something in the list is not sold any more, or not in this currency."""

    code = "no_longer_offered"
    sentence = _("%(name)s is not offered any more. Please take it out of your cart.")


@dataclass(frozen=True, slots=True)
class Wish:
    """
    One plan that is wanted. `choices` went through catalog.choices.validate; `promise` is what reduces it.

    `held_price` is the price that a quote holds until `held_until`.
    """

    plan: Plan
    months: int
    quantity: int = 1
    choices: Mapping[str, object] = field(default_factory=dict)
    promise: Promise | None = None
    held_price: Price | None = None
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """
    What one wish costs for its first term, net.

    Units: `unit_price` for one unit and one term; `net` after `discount`.
    """

    wish: Wish
    price: Price
    name: str
    unit_price: Money
    discount: Money
    net: Money

    @property
    def gross(self) -> Money:
        return self.net + self.discount

    @property
    def why(self) -> str:
        """What reduced it, in words; empty where nothing did."""
        return self.wish.promise.reduction.words() if self.wish.promise and self.discount else ""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a list of wishes costs a buyer: the net lines, the tax and why, the total."""

    lines: tuple[QuoteLine, ...]
    tax: vat.Tax
    totals: vat.Totals

    @property
    def net(self) -> Money:
        return self.totals.net

    @property
    def total(self) -> Money:
        return self.totals.total

    @property
    def discount(self) -> Money:
        return Money.total([line.discount for line in self.lines], self.total.currency)

    def tax_rows(self) -> list[dict[str, object]]:
        """Return the tax per rate, as an order keeps it."""
        return [
            {
                **row.tax.as_json,
                "net_minor": row.net.minor,
                "tax_minor": row.amount.minor,
            }
            for row in self.totals.by_rate
        ]


def quote(wishes: Sequence[Wish], buyer: Party, *, currency: str, at: datetime) -> Quote:
    """
    Price `wishes` for `buyer`: the prices in force, and the tax of the buyer's place and kind.

    Raises: NoLongerOffered.
    """
    lines = priced(wishes, currency=currency, at=at)
    tax = vat.tax_for(buyer, on=localdate(at))
    return Quote(tuple(lines), tax, vat.totals([line.net for line in lines], tax, currency))


def priced(wishes: Sequence[Wish], *, currency: str, at: datetime) -> list[QuoteLine]:
    """
    Return what each wish costs net, before anything is known of the buyer.

    Raises: NoLongerOffered.
    """
    prices = prices_by_frequency([wish.plan for wish in wishes], currency=currency, at=at)
    lines = []
    for wish in wishes:
        price = price_of(wish, prices, currency=currency, at=at)
        if price is None or wish.plan.is_withdrawn or wish.plan.product_type.is_withdrawn:
            raise NoLongerOffered(name=title(wish))
        gross = price.amount.times(wish.quantity)
        off = wish.promise.reduction.of(gross) if wish.promise else Money.zero(currency)
        lines.append(QuoteLine(wish, price, title(wish), price.amount, off, gross - off))
    return lines


def price_of(wish: Wish, prices: Mapping[tuple[object, int], Price], *, currency: str, at: datetime) -> Price | None:
    """Return the price that a quote holds for a wish, while it does; else the one in force, of those given."""
    held = wish.held_price
    is_held = held and wish.held_until and at < wish.held_until
    if held and is_held and (held.plan_id, held.months, held.currency) == (wish.plan.pk, wish.months, currency):
        return held
    return prices.get((wish.plan.pk, wish.months))


def prices_by_frequency(plans: Sequence[Plan], *, currency: str, at: datetime) -> dict[tuple[object, int], Price]:
    """Return the prices in force of `plans`, by plan and months."""
    distinct = list({plan.pk: plan for plan in plans}.values())
    return {
        (price.plan_id, price.months): price for price in catalog.prices_in_force(distinct, currency=currency, at=at)
    }


def title(wish: Wish, language: str | None = None) -> str:
    """Return how a wish is called on orders and invoices: "Domain name .ch (aurora.ch)"."""
    with translation.override(language or translation.get_language()):
        plan, chosen = texts.pick(wish.plan.names), display_name(wish)
        return f"{texts.pick(wish.plan.product_type.names)} {plan}" + (f" ({chosen})" if chosen else "")


def display_name(wish: Wish) -> str:
    """Return what the customer will recognise the product by, of what was chosen; empty where nothing was."""
    return catalog_choices.display_name(wish.plan.product_type, wish.choices, "")
