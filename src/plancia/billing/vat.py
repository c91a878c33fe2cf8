"""VAT: which tax a buyer owes on a day, and what it makes of net amounts."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.billing import parties, vat_rules
from plancia.billing.parties import Party, Seller
from plancia.billing.vat_rules import Area, Place
from plancia.kernel.money import Money

RATES = Path(__file__).with_name("vat_rates.toml")

# Territory of the Swiss VAT Act: MWSTG (SR 641.20) article 3 letter a, and the treaty with Liechtenstein.
_SWISS = frozenset({"CH", "LI"})


# Regions have longer codes: PT-20.
_COUNTRY = 2


class Category(StrEnum):
    """Categories of VAT, as EN 16931 codes them. Source: UNTDID 5305."""

    STANDARD = "S"
    REVERSE_CHARGE = "AE"
    OUTSIDE_SCOPE = "O"

    @property
    def explanation(self) -> str | Promise:
        """Why no tax is charged; empty where it is."""
        return _EXPLANATIONS[self]


_EXPLANATIONS: dict[Category, str | Promise] = {
    Category.STANDARD: "",
    Category.REVERSE_CHARGE: _(
        "Reverse charge: the recipient owes the VAT (articles 44 and 196 of Council Directive 2006/112/EC)."
    ),
    Category.OUTSIDE_SCOPE: _(
        "Not subject to VAT: the place of supply is where the recipient is established, outside the area in which we "
        "charge VAT."
    ),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate of one country, charged from `valid_from` to `valid_until`, both days included. Units: percent."""

    country: str
    category: str
    valid_from: date
    valid_until: date | None
    percent: Decimal

    def is_charged(self, on: date) -> bool:
        """Say whether the rate is charged on that day."""
        return self.valid_from <= on and (self.valid_until is None or on <= self.valid_until)


class RateUnknown(LookupError):
    """The table has no rate for that country and day: a gap in our data, which no customer can mend."""


@dataclass(frozen=True, slots=True)
class Tax:
    """
    What a buyer is charged: `rate` percent, owed to `country`, by which rule.

    `exemption` is the code of the reason where nothing is charged (VATEX), `territory` the part of the country that
    made the difference. Units: percent.
    """

    category: Category
    rate: Decimal
    country: str
    exemption: str | None = None
    rule: str = ""
    territory: str = ""

    @property
    def explanation(self) -> str | Promise:
        """Why no tax is charged, in the language in force; empty where it is."""
        if self.category is Category.OUTSIDE_SCOPE and self.territory:
            return str(_OUTSIDE_TERRITORY) % {"territory": self.territory}
        return self.category.explanation

    @property
    def as_json(self) -> dict[str, str | None]:
        """What orders and invoices keep of it."""
        return {
            "category": str(self.category),
            "rate": str(self.rate),
            "country": self.country,
            "exemption": self.exemption,
            "rule": self.rule,
            "territory": self.territory,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """Return the tax that `as_json` kept, also where it was kept before rules had names."""
        return cls(
            Category(kept["category"]),
            Decimal(kept["rate"]),
            kept["country"],
            kept["exemption"],
            kept.get("rule", ""),
            kept.get("territory", ""),
        )


_OUTSIDE_TERRITORY = _("Not subject to VAT: %(territory)s lies outside the area in which we charge VAT.")


@dataclass(frozen=True, slots=True)
class RateTotal:
    """What one rate makes of an invoice."""

    tax: Tax
    net: Money
    amount: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """Net, tax and total of an invoice; `line_taxes` add up to `tax` exactly."""

    net: Money
    tax: Money
    total: Money
    by_rate: list[RateTotal]
    line_taxes: list[Money]


def tax_for(buyer: Party, *, on: date, seller: Seller | None = None) -> Tax:
    """
    Return the VAT that `buyer` is charged on a day: its place, its kind and the table of rules decide.

    Units: percent.
    Raises: RateUnknown; RuleUnknown.
    Source: docs/vat.md; docs/decisions/0009-vat-as-dated-data.md; vat_rules.toml and vat_territories.toml
    """
    seller = seller or parties.seller_for(buyer.country)
    place = vat_rules.place_of(buyer.country, buyer.postcode, on)
    rule = vat_rules.deciding(
        _area(place, seller, on), is_business=is_business(buyer), is_registered=bool(seller.oss_number), on=on
    )
    territory = place.territory.name if place.territory else ""
    category = Category(rule.category)
    match rule.charged:
        case "place":
            return Tax(category, rate(place.rates_of, on), place.country, rule.exemption, rule.code, territory)
        case "seller":
            home = _home(seller, on)
            return Tax(category, rate(home.rates_of, on), home.country, rule.exemption, rule.code, territory)
    return Tax(category, Decimal(0), place.country, rule.exemption, rule.code, territory)


def is_business(buyer: Party) -> bool:
    """Say whether a buyer counts as a business: an organization whose VAT number is valid."""
    return buyer.kind != "person" and bool(buyer.vat_number) and buyer.vat_number_state == "valid"


def totals(nets: Sequence[Money], tax: Tax, currency: str) -> Totals:
    """
    Return what `tax` makes of net amounts, computed on their sum and shared back over them.

    Lines below zero (discounts) and of zero take part. Their taxes add up to the tax of the sum exactly.

    Units: minor units, rounded half away from zero, once.
    Source: EN 16931, BR-CO-17; STYLE.md, Money.
    """
    net = Money.total(nets, currency)
    factor = Fraction(tax.rate) / 100
    amount = net.times(factor)
    return Totals(net, amount, net + amount, [RateTotal(tax, net, amount)], shared(nets, amount, factor))


def shared(nets: Sequence[Money], amount: Money, factor: Fraction) -> list[Money]:
    """
    Share a tax of `factor` over the lines that it was computed on, those above zero and below zero among themselves.

    The shares add up to `amount` exactly.
    """
    if len(nets) == 1:
        return [amount]
    zero = Money.zero(amount.currency)
    gains = [line if line.is_positive else zero for line in nets]
    losses = [line if line.minor < 0 else zero for line in nets]
    has_losses = any(losses)
    on_gains = Money.total(gains, amount.currency).times(factor) if has_losses else amount
    return [
        one + other for one, other in zip(_shared(on_gains, gains), _shared(amount - on_gains, losses), strict=True)
    ]


@cache
def rate(country: str, on: date, category: str = "standard") -> Decimal:
    """Return the percentage that `country` charges on a day. Raises: RateUnknown."""
    for entry in rates():
        if entry.country == country and entry.category == category and entry.is_charged(on):
            return entry.percent
    raise RateUnknown(f"no {category} rate of {country} on {on}: see {RATES.name}")


@cache
def rates() -> tuple[Rate, ...]:
    """Return the table of rates. Raises: ValueError, where rates of a country overlap or leave days between them."""
    table = tomllib.loads(RATES.read_text(encoding="utf-8"))["rate"]
    found = tuple(
        Rate(row["country"], row["category"], row["valid_from"], row.get("valid_until"), Decimal(row["percent"]))
        for row in sorted(table, key=lambda row: (row["country"], row["category"], row["valid_from"]))
    )
    for one, other in pairwise(found):
        if (one.country, one.category) == (other.country, other.category) and (
            one.valid_until is None or (other.valid_from - one.valid_until).days != 1
        ):
            raise ValueError(
                f"{RATES.name}: {one.country} {one.category} around {other.valid_from} is not one rate a day"
            )
    return found


@cache
def european_union(on: date | None = None) -> frozenset[str]:
    """Return the countries of the European Union on a day, or those of the last day that we know; Greece as GR."""
    members = (
        entry.country for entry in rates() if (entry.is_charged(on) if on is not None else entry.valid_until is None)
    )
    return frozenset(country for country in members if len(country) == _COUNTRY) - _SWISS


def _area(place: Place, seller: Seller, on: date) -> Area:
    if place.is_outside:
        return Area.OUTSIDE
    home = _home(seller, on).country
    if place.country == home or {place.country, home} <= _SWISS:
        return Area.HOME
    return Area.UNION if place.country in european_union(on) else Area.OUTSIDE


def _home(seller: Seller, on: date) -> Place:
    return vat_rules.place_of(seller.country, seller.postcode, on)


def _shared(amount: Money, lines: Sequence[Money]) -> list[Money]:
    return amount.allocate([abs(line.minor) for line in lines]) if lines else []
