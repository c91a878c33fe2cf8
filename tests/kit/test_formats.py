from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone, translation

from plancia.kernel.money import Money
from plancia.kit import formats


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "CHF\u00a01,234.50"),
        ("it", "1.234,50\u00a0CHF"),
        ("de", "1.234,50\u00a0CHF"),
        ("fr", "1\u202f234,50\u00a0CHF"),
        ("es", "1.234,50\u00a0CHF"),
    ],
)
def test_an_amount_is_written_as_the_language_writes_it(language, text):
    with translation.override(language):
        assert formats.money(Money(123450, "CHF")) == text


def test_money_we_owe_has_a_minus_and_not_a_hyphen():
    with translation.override("en"):
        assert formats.money(Money(-100, "CHF")) == "\u2212CHF\u00a01.00"


def test_a_currency_without_cents_shows_none():
    with translation.override("en"):
        assert formats.money(Money(500, "JPY")) == "JP¥500"


def test_an_instant_is_shown_on_the_day_it_is_where_the_page_is_read():
    late = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)

    with translation.override("en"), timezone.override("Europe/Zurich"):
        assert formats.date_short(late) == "1 Jan 2027"
        assert formats.moment(late) == "1 Jan 2027, 00:30"


def test_a_civil_date_is_no_instant():
    with translation.override("de"):
        assert formats.date_long(date(2026, 3, 1)) == "1. März 2026"


def test_a_rate_loses_no_digit_that_counts():
    with translation.override("it"):
        assert formats.percent(Decimal("8.100")) == "8,1\u00a0%"
