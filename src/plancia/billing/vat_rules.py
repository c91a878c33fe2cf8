"""VAT rules: where a buyer is before the tax law, and which rule decides. Both are dated tables beside this file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

RULES = Path(__file__).with_name("vat_rules.toml")
TERRITORIES = Path(__file__).with_name("vat_territories.toml")

OUTSIDE = "outside"


class Code(StrEnum):
    """The rules by name, as invoices keep them."""

    HOME = "home"
    REVERSE_CHARGE = "reverse_charge"
    ONE_STOP_SHOP = "one_stop_shop"
    BELOW_THRESHOLD = "below_threshold"
    OUTSIDE = "outside"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _LABELS[self]


_LABELS: dict[Code, str | Promise] = {
    Code.HOME: _("VAT of our own country"),
    Code.REVERSE_CHARGE: _("Reverse charge: the recipient owes the VAT"),
    Code.ONE_STOP_SHOP: _("VAT of the customer's country, paid through the One Stop Shop"),
    Code.BELOW_THRESHOLD: _("VAT of our own country, below the threshold of sales to other countries"),
    Code.OUTSIDE: _("Outside the area in which we charge VAT"),
}


class Area(StrEnum):
    """Where a place is, seen from the seller."""

    HOME = "home"
    UNION = "union"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Territory:
    """A part of a country, or a whole one, whose VAT is that of `treated_as` on the days from `valid_from` on."""

    name: str
    country: str
    postcodes: tuple[str, ...]
    treated_as: str
    valid_from: date
    valid_until: date | None
    source: str

    def holds(self, country: str, postcode: str, on: date) -> bool:
        """Say whether an address lies in it on a day."""
        return (
            self.country == country
            and self.valid_from <= on
            and (self.valid_until is None or on <= self.valid_until)
            and (not self.postcodes or postcode.startswith(self.postcodes))
        )


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a buyer is: `country` owns the tax, `rates_of` is whose rate it charges.

    `territory` is set where the address alone would say something else.
    """

    country: str
    rates_of: str
    territory: Territory | None

    @property
    def is_outside(self) -> bool:
        """Whether it is a territory that no tax of ours reaches."""
        return self.rates_of == OUTSIDE


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what it asks, what is charged, and which law says so."""

    code: Code
    area: Area
    is_for_businesses: bool
    is_for_registered: bool
    charged: str
    category: str
    exemption: str | None
    valid_from: date
    valid_until: date | None
    source: str


class RuleUnknown(LookupError):
    """No rule decides a case: a gap in our data, which no customer can mend."""


def place_of(country: str, postcode: str, on: date) -> Place:
    """Return where an address lies before the tax law on a day."""
    compact = _compact(postcode, country)
    for territory in territories():
        if territory.holds(country, compact, on):
            owner = country if territory.treated_as == OUTSIDE else territory.treated_as[:2]
            return Place(owner, territory.treated_as, territory)
    return Place(country, country, None)


def deciding(area: Area, *, is_business: bool, is_registered: bool, on: date) -> Rule:
    """Return the rule that decides a case on a day. Raises: RuleUnknown."""
    for rule in rules():
        if (
            rule.area is area
            and (is_business or not rule.is_for_businesses)
            and (is_registered or not rule.is_for_registered)
            and rule.valid_from <= on
            and (rule.valid_until is None or on <= rule.valid_until)
        ):
            return rule
    raise RuleUnknown(f"no rule for {area} on {on}: see {RULES.name}")


def source_of(code: str, on: date) -> str:
    """Return which law a rule followed on a day; empty where the table does not know it."""
    return next((rule.source for rule in rules() if rule.code == code and rule.valid_from <= on), "")


@cache
def territories() -> tuple[Territory, ...]:
    """Return the table of territories."""
    return tuple(
        Territory(
            name=row["name"],
            country=row["country"],
            postcodes=tuple(row.get("postcodes", ())),
            treated_as=row["treated_as"],
            valid_from=row["valid_from"],
            valid_until=row.get("valid_until"),
            source=row["source"],
        )
        for row in _rows(TERRITORIES, "territory")
    )


@cache
def rules() -> tuple[Rule, ...]:
    """Return the rules, in the order in which they are asked."""
    return tuple(
        Rule(
            code=Code(row["code"]),
            area=Area(row["place"]),
            is_for_businesses=row.get("buyer") == "business",
            is_for_registered=row.get("seller") == "registered",
            charged=row["charged"],
            category=row["category"],
            exemption=row.get("exemption"),
            valid_from=row["valid_from"],
            valid_until=row.get("valid_until"),
            source=row["source"],
        )
        for row in _rows(RULES, "rule")
    )


def _rows(path: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))[name]
    return rows


def _compact(postcode: str, country: str) -> str:
    written = "".join(one for one in postcode.upper() if one.isalnum())
    # People write CH-6911 and I-23041: the sign of the country is no part of the code.
    for prefix in (country, country[0]):
        if written.startswith(prefix) and written[len(prefix) :].isdigit():
            return written[len(prefix) :]
    return written
