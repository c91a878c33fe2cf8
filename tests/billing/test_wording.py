from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from plancia.billing.parties import Party
from plancia.billing.wording import Wording
from plancia.kernel.money import Money


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "country", "amount", "day"),
    [
        ("de", "CH", "CHF 1’949.75", "02.03.2026"),
        ("de", "DE", "CHF 1.949,75", "02.03.2026"),
        ("it", "IT", "CHF 1.949,75", "02/03/2026"),
        ("fr", "FR", "CHF 1 949,75", "02/03/2026"),
        ("es", "ES", "CHF 1.949,75", "2/3/2026"),
        ("en", "US", "CHF 1,949.75", "3/2/2026"),
        ("it", "JP", "CHF 1.949,75", "02/03/2026"),
    ],
)
def test_amounts_and_dates_are_written_as_the_reader_does(language: str, country: str, amount: str, day: str):
    wording = Wording.of(language, country)

    assert plain(wording.money(Money(194_975, "CHF"))) == amount
    assert wording.short_day(date(2026, 3, 2)) == day


def test_an_amount_below_zero_shows_its_sign():
    assert plain(Wording.of("en", "GB").money(Money(-1_000, "EUR"))) in ("-EUR 10.00", "EUR -10.00")


def test_a_rate_has_the_digits_it_has():
    assert plain(Wording.of("de", "DE").percent(Decimal("25.5"))) == "25,5 %"
    assert Wording.of("en", "CH").percent(Decimal("8.100")) == "8.1%"


def test_a_currency_without_minor_unit_shows_none():
    assert Wording.of("en", "GB").amount(Money(1_500, "JPY")) == "1,500"
    assert plain(Wording.of("en", "GB").money(Money(1_500, "JPY"))) == "JPY 1,500"


def test_the_country_stands_in_addresses_abroad_only():
    party = Party(name="x", street="Via Dante", house_number="1", postcode="20121", city="Milano", country="IT")

    assert Wording.of("it", "IT").address(party, home="CH") == ["Via Dante 1", "20121 Milano", "Italia"]
    assert Wording.of("it", "IT").address(party, home="IT") == ["Via Dante 1", "20121 Milano"]
