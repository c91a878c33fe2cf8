from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.billing import vat
from plancia.billing.parties import Party
from plancia.billing.vat import Category, Tax
from plancia.kernel.money import Money

DAY = date(2026, 3, 2)


def buyer(country: str, **values: str) -> Party:
    return Party(**{"name": "Somebody", "kind": "person", "country": country, **values})


def company(country: str, number: str, state: str = "valid") -> Party:
    return buyer(country, kind="company", vat_number=number, vat_number_state=state)


@pytest.mark.parametrize(
    ("who", "category", "rate", "country"),
    [
        (buyer("CH"), "S", "8.1", "CH"),
        (company("CH", "CHE-123.456.788 TVA"), "S", "8.1", "CH"),
        (buyer("LI"), "S", "8.1", "LI"),
        (buyer("IT"), "S", "22", "IT"),
        (buyer("MC"), "S", "20", "FR"),
        (company("DE", "DE136695976"), "AE", "0", "DE"),
        (company("DE", "DE136695976", state="unverified"), "S", "19", "DE"),
        (company("DE", "", state="none"), "S", "19", "DE"),
        (buyer("DE", vat_number="DE136695976", vat_number_state="valid"), "S", "19", "DE"),
        (buyer("AT", kind="association", vat_number="ATU13585627", vat_number_state="valid"), "AE", "0", "AT"),
        (company("GR", "EL094259216"), "AE", "0", "GR"),
        (buyer("US"), "O", "0", "US"),
        (company("GB", "GB980780684"), "O", "0", "GB"),
        (buyer("RE"), "O", "0", "RE"),
    ],
)
def test_tax_follows_place_and_kind_of_buyer(who: Party, category: str, rate: str, country: str):
    tax = vat.tax_for(who, on=DAY)

    assert (tax.category, tax.rate, tax.country) == (category, Decimal(rate), country)


def test_what_is_not_charged_says_why():
    assert vat.tax_for(company("DE", "DE136695976"), on=DAY).exemption == "VATEX-EU-AE"
    assert vat.tax_for(buyer("US"), on=DAY).exemption == "VATEX-EU-O"
    assert "196" in str(vat.tax_for(company("DE", "DE136695976"), on=DAY).explanation)
    assert vat.tax_for(buyer("CH"), on=DAY).explanation == ""


@pytest.mark.parametrize(
    ("country", "last_day", "before", "after"),
    [
        ("CH", date(2017, 12, 31), "8.0", "7.7"),
        ("CH", date(2023, 12, 31), "7.7", "8.1"),
        ("LU", date(2022, 12, 31), "17", "16"),
        ("LU", date(2023, 12, 31), "16", "17"),
        ("EE", date(2023, 12, 31), "20", "22"),
        ("EE", date(2025, 6, 30), "22", "24"),
        ("FI", date(2024, 8, 31), "24", "25.5"),
        ("SK", date(2024, 12, 31), "20", "23"),
        ("RO", date(2025, 7, 31), "19", "21"),
        ("DE", date(2020, 6, 30), "19", "16"),
    ],
)
def test_a_rate_changes_on_its_day(country: str, last_day: date, before: str, after: str):
    assert vat.rate(country, last_day) == Decimal(before)
    assert vat.rate(country, last_day + timedelta(days=1)) == Decimal(after)


def test_every_country_of_the_union_has_a_rate_today_and_in_2016():
    assert len(vat.european_union()) == 27
    for country in vat.european_union():
        for on in (date(2016, 6, 1), DAY):
            assert 17 <= vat.rate(country, on) <= 27


def test_a_day_without_a_rate_is_a_defect():
    with pytest.raises(vat.RateUnknown, match="1950"):
        vat.rate("CH", date(1950, 1, 1))


def test_a_provider_in_the_union_without_one_stop_shop_charges_the_tax_of_its_country(seller):
    italian = dataclasses.replace(seller, country="IT", oss_number="")

    assert vat.tax_for(buyer("DE"), on=DAY, seller=italian).country == "IT"
    assert vat.tax_for(company("IT", "IT00743110157"), on=DAY, seller=italian).category is Category.STANDARD
    assert vat.tax_for(buyer("CH"), on=DAY, seller=italian).category is Category.OUTSIDE_SCOPE


def test_half_a_minor_unit_is_rounded_away_from_zero():
    tax = Tax(Category.STANDARD, Decimal("8.1"), "CH")

    assert vat.totals([Money(50, "CHF")], tax, "CHF").tax == Money(4, "CHF")
    assert vat.totals([Money(500, "CHF")], tax, "CHF").tax == Money(41, "CHF")
    assert vat.totals([Money(-500, "CHF")], tax, "CHF").tax == Money(-41, "CHF")


def test_tax_is_computed_on_the_sum_and_not_line_by_line():
    tax = Tax(Category.STANDARD, Decimal("22"), "IT")

    result = vat.totals([Money(101, "EUR")] * 3, tax, "EUR")

    assert result.tax == Money(67, "EUR")  # 3 x 22.22 would be 66
    assert result.line_taxes == [Money(23, "EUR"), Money(22, "EUR"), Money(22, "EUR")]


RATES = st.sampled_from([row.percent for row in vat.rates()] + [Decimal(0)])
NETS = st.lists(st.integers(-(10**9), 10**9) | st.just(0), max_size=30)


@given(NETS, RATES)
def test_sharing_tax_over_lines_loses_nothing(nets: list[int], rate: Decimal):
    lines = [Money(net, "CHF") for net in nets]

    result = vat.totals(lines, Tax(Category.STANDARD, rate, "CH"), "CHF")

    assert result.net == Money.total(lines, "CHF")
    assert result.total == result.net + result.tax
    assert Money.total(result.line_taxes, "CHF") == result.tax
    assert len(result.line_taxes) == len(lines)
    assert abs(result.tax.decimal - result.net.decimal * rate / 100) <= Decimal("0.005")


@given(NETS, RATES)
def test_a_line_bears_the_tax_of_its_own_amount_within_two_minor_units(nets: list[int], rate: Decimal):
    result = vat.totals([Money(net, "CHF") for net in nets], Tax(Category.STANDARD, rate, "CH"), "CHF")

    for net, tax in zip(nets, result.line_taxes, strict=True):
        assert abs(tax.minor - net * rate / 100) < 2
        assert tax.minor * net >= 0
