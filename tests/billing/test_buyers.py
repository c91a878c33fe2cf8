# ruff: noqa: E501  (a table is read in lines)
"""
Fourteen buyers, and some from places that are special: what each is charged, why, in which currency, by which law.

docs/vat.md shows this table to people; a test keeps the two one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

import plancia
from plancia.billing import vat, vat_rules
from plancia.billing.parties import Party
from plancia.organizations import founding

ON = date(2026, 3, 2)
DOCUMENT = Path(plancia.__file__).parents[2] / "docs" / "vat.md"

REVERSE = "Reverse charge: the recipient owes the VAT (articles 44 and 196 of Council Directive 2006/112/EC)."
ABROAD = (
    "Not subject to VAT: the place of supply is where the recipient is established, outside the area in which we charge"
    " VAT."
)


def beyond(territory: str) -> str:
    return f"Not subject to VAT: {territory} lies outside the area in which we charge VAT."


@dataclass(frozen=True)
class Case:
    """A buyer, and what must come out."""

    who: str
    country: str
    category: str
    rate: str
    currency: str
    rule: str
    text: str = ""
    kind: str = "person"
    number: str = ""
    state: str = "none"
    postcode: str = ""
    owed_to: str = ""

    @property
    def buyer(self) -> Party:
        return Party(
            name="Somebody",
            kind=self.kind,
            country=self.country,
            postcode=self.postcode,
            vat_number=self.number,
            vat_number_state=self.state,
        )


CASES = [
    Case("Switzerland, person", "CH", "S", "8.1", "CHF", "home", postcode="6900"),
    Case("Switzerland, company", "CH", "S", "8.1", "CHF", "home", kind="company", number="CHE-123.456.788 TVA", state="valid"),
    Case("Italy, person", "IT", "S", "22", "EUR", "one_stop_shop", postcode="20121"),
    Case("Italy, company with a valid number", "IT", "AE", "0", "EUR", "reverse_charge", REVERSE, "company", "IT00743110157", "valid"),
    Case("Italy, company without a valid number", "IT", "S", "22", "EUR", "one_stop_shop", kind="company", number="IT00743110157", state="invalid"),
    Case("Germany, person", "DE", "S", "19", "EUR", "one_stop_shop"),
    Case("Germany, company with a valid number", "DE", "AE", "0", "EUR", "reverse_charge", REVERSE, "company", "DE136695976", "valid"),
    Case("France, person", "FR", "S", "20", "EUR", "one_stop_shop"),
    Case("France, company with a valid number", "FR", "AE", "0", "EUR", "reverse_charge", REVERSE, "company", "FR40303265045", "valid"),
    Case("Austria, person", "AT", "S", "20", "EUR", "one_stop_shop"),
    Case("United Kingdom, company", "GB", "O", "0", "EUR", "outside", ABROAD, "company", "GB980780684", "valid"),
    Case("United States, company", "US", "O", "0", "EUR", "outside", ABROAD, "company"),
    Case("Liechtenstein, person", "LI", "S", "8.1", "CHF", "home"),
    Case("Canary Islands, person", "ES", "O", "0", "EUR", "outside", beyond("Canarias"), postcode="35001"),
    Case("Northern Ireland, company", "GB", "O", "0", "EUR", "outside", beyond("Northern Ireland"), "company", "XI980780684", "valid", "BT1 5GS"),
    Case("Campione d’Italia, person", "IT", "O", "0", "EUR", "outside", beyond("Campione d’Italia"), postcode="22061"),
    Case("Campione d’Italia by its Swiss postcode, person", "CH", "O", "0", "CHF", "outside", beyond("Campione d’Italia"), postcode="CH-6911"),
    Case("Livigno, company with a valid number", "IT", "O", "0", "EUR", "outside", beyond("Livigno"), "company", "IT00743110157", "valid", "I-23041"),
    Case("Büsingen, person", "DE", "S", "8.1", "EUR", "home", postcode="78266", owed_to="CH"),
    Case("Monaco, person", "MC", "S", "20", "EUR", "one_stop_shop", owed_to="FR"),
    Case("Azores, person", "PT", "S", "16", "EUR", "one_stop_shop", postcode="9500-150"),
    Case("Madeira, person", "PT", "S", "22", "EUR", "one_stop_shop", postcode="9000-017"),
    Case("Portugal, mainland, person", "PT", "S", "23", "EUR", "one_stop_shop", postcode="1100-148"),
    Case("Åland, person", "FI", "O", "0", "EUR", "outside", beyond("Åland"), postcode="22100"),
    Case("Réunion by its French postcode, person", "FR", "O", "0", "EUR", "outside", beyond("France d’outre-mer"), postcode="97400"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.who)
def test_what_a_buyer_is_charged(case: Case):
    tax = vat.tax_for(case.buyer, on=ON)

    assert (tax.category, tax.rate, tax.rule) == (case.category, Decimal(case.rate), case.rule)
    assert tax.country == (case.owed_to or case.country)
    assert str(tax.explanation) == case.text
    assert founding.currency_of(case.country) == case.currency
    assert vat_rules.source_of(tax.rule, ON)


def test_the_document_shows_this_table():
    """Write the missing lines into docs/vat.md where this fails."""
    text = DOCUMENT.read_text()

    assert [line for line in table() if line not in text] == []


def test_the_document_names_all_territories():
    text = DOCUMENT.read_text()

    assert [one.name for one in vat_rules.territories() if one.name not in text or one.source not in text] == []


def test_a_change_of_rate_takes_the_day_of_issue():
    case = CASES[0].buyer

    assert vat.tax_for(case, on=date(2023, 12, 31)).rate == Decimal("7.7")
    assert vat.tax_for(case, on=date(2024, 1, 1)).rate == Decimal("8.1")


def test_a_country_that_leaves_the_union_leaves_it_on_a_day():
    british = Party(name="Somebody", kind="person", country="GB")

    before, after = (vat.tax_for(british, on=on) for on in (date(2020, 12, 31), date(2021, 1, 1)))

    assert (before.category, before.rate, before.rule) == ("S", Decimal(20), "one_stop_shop")
    assert (after.category, after.rule) == ("O", "outside")
    assert "GB" in vat.european_union(date(2020, 12, 31))


def test_a_territory_begins_on_a_day():
    swiss_side = Party(name="Somebody", kind="person", country="CH", postcode="6911")

    assert vat.tax_for(swiss_side, on=date(2019, 12, 31)).rate == Decimal("7.7")
    assert vat.tax_for(swiss_side, on=date(2020, 1, 1)).rule == "outside"


def table() -> list[str]:
    """Return the lines of the table in docs/vat.md."""
    lines = []
    for case in CASES:
        tax = vat.tax_for(case.buyer, on=ON)
        charged = f"{tax.rate} % {tax.country}" if tax.category == "S" else "–"
        source = vat_rules.source_of(tax.rule, ON)
        place = vat_rules.place_of(case.country, case.postcode, ON)
        if place.territory:
            source += f"; {place.territory.source}"
        lines.append(
            f"| {case.who} | {charged} | {tax.category} | {founding.currency_of(case.country)} |"
            f" {tax.explanation or '–'} | {source} |"
        )
    return lines


if __name__ == "__main__":
    print("\n".join(table()))
