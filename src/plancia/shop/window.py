"""The shop window: what is offered, and from which price."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.db.models import Prefetch, Q

from plancia.billing import vat
from plancia.catalog import queries as catalog
from plancia.catalog.models import Category, Plan, Price, ProductType
from plancia.kernel.money import Money


@dataclass(frozen=True, slots=True)
class TypeTile:
    """
    A product type in the shop window.

    Units: `lowest` is its lowest net price for one unit and `basis` months; None where nothing of it is sold.
    """

    code: str
    name: str
    summary: str
    icon: str
    lowest: Money | None
    basis: int


@dataclass(frozen=True, slots=True)
class Shelf:
    """A category of the shop window with its types."""

    code: str
    name: str
    icon: str
    tiles: tuple[TypeTile, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan at one frequency. Units: `amount` for one unit and one term, `each` the same for `basis` months."""

    months: int
    amount: Money
    each: Money
    basis: int


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan beside the others of its type, with its offers by frequency."""

    plan: Plan
    code: str
    name: str
    features: tuple[str, ...]
    most: int
    offers: tuple[Offer, ...]

    def offer(self, months: int) -> Offer | None:
        """Return the offer for that frequency, or None."""
        return next((offer for offer in self.offers if offer.months == months), None)


def shelves(
    *, currency: str, at: datetime, search: str = "", category: str = "", tax: vat.Tax | None = None
) -> list[Shelf]:
    """
    Return what is offered, by category; with `search`, only the types that name or describe it. Four queries.

    Prices are net, or with the `tax` that is given.
    """
    plans = Plan.objects.filter(is_withdrawn=False).order_by("position", "pk")
    types = ProductType.objects.filter(is_withdrawn=False).order_by("position", "pk")
    wanted = Category.objects.filter(code=category) if category else Category.objects.all()
    categories = wanted.order_by("position", "pk").prefetch_related(
        Prefetch("types", types.prefetch_related(Prefetch("plans", plans)))
    )
    lowest = {key: (taxed(one, tax), basis) for key, (one, basis) in _lowest(currency=currency, at=at).items()}
    found = []
    for each in categories:
        tiles = tuple(
            TypeTile(one.code, one.name, one.summary, one.icon, *lowest.get(one.pk, (None, 1)))
            for one in each.types.all()
            if _says(search, [each.name, one.name, one.summary, *(plan.name for plan in one.plans.all())])
        )
        if tiles:
            found.append(Shelf(each.code, each.name, each.icon, tiles))
    return found


def product_type(code: str) -> ProductType | None:
    """Return a type that is sold, or None."""
    found: ProductType | None = (
        ProductType.objects.filter(code=code, is_withdrawn=False).select_related("category").first()
    )
    return found


def plan_cards(of: ProductType, *, currency: str, at: datetime, tax: vat.Tax | None = None) -> list[PlanCard]:
    """Return the plans of a type that have a price in `currency`, side by side, net or with a tax. Two queries."""
    plans = list(Plan.objects.filter(product_type=of, is_withdrawn=False).order_by("position", "pk"))
    for plan in plans:
        plan.product_type = of
    prices = catalog.prices_in_force(plans, currency=currency, at=at)
    basis = _basis(price.months for price in prices)
    cards = [_card(plan, [price for price in prices if price.plan_id == plan.pk], basis, tax) for plan in plans]
    return [card for card in cards if card.offers]


def _basis(frequencies: Iterable[int]) -> int:
    # What is sold by the year at least, as a domain name is, is compared by the year.
    return 12 if min(frequencies, default=1) >= 12 else 1


def _each(amount: Money, months: int, basis: int) -> Money:
    # To compare, never to charge.
    return amount.times(Fraction(basis, months))


def taxed(amount: Money, tax: vat.Tax | None) -> Money:
    """Return a net amount with a tax, to be shown; what is charged is worked out on the sum of an order."""
    return amount + amount.times(Fraction(tax.rate) / 100) if tax else amount


def _card(plan: Plan, prices: Sequence[Price], basis: int, tax: vat.Tax | None) -> PlanCard:
    offers = tuple(
        Offer(price.months, taxed(price.amount, tax), _each(taxed(price.amount, tax), price.months, basis), basis)
        for price in sorted(prices, key=lambda price: price.months)
    )
    return PlanCard(plan, plan.code, plan.name, tuple(plan.feature_list), plan.max_quantity, offers)


def _lowest(*, currency: str, at: datetime) -> dict[object, tuple[Money, int]]:
    in_force = Price.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=at), currency=currency, valid_from__lte=at, plan__is_withdrawn=False
    ).values_list("plan__product_type_id", "amount_minor", "months")
    by_type: dict[object, list[tuple[int, int]]] = {}
    for type_id, minor, months in in_force:
        by_type.setdefault(type_id, []).append((minor, months))
    bases = {type_id: _basis(months for _minor, months in found) for type_id, found in by_type.items()}
    return {
        type_id: (min(_each(Money(minor, currency), months, bases[type_id]) for minor, months in found), bases[type_id])
        for type_id, found in by_type.items()
    }


def _says(search: str, texts: Sequence[str]) -> bool:
    words = _folded(search).split()
    text = _folded(" ".join(texts))
    return all(word in text for word in words)


def _folded(text: str) -> str:
    # "societa" finds "società".
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
