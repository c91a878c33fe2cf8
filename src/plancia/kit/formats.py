"""How amounts, dates and numbers are written in the language of the page. Source: Unicode CLDR, through Babel."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from django.utils import timezone, translation

from plancia.kernel.money import Money

_CODE_BEFORE_DIGIT = re.compile(r"([A-Z])(?=\d)")


def money(amount: Money) -> str:
    """Return `amount` as people write it: “CHF 1,234.50”."""
    return _money(amount.minor, amount.currency, _language())


def number(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return _number(value, _language())


def percent(rate: Decimal) -> str:
    """Return a rate in percent: “8.1 %”."""
    return f"{_decimal(rate, _language())}\u00a0%"


def date_short(at: date | datetime) -> str:
    """Return the civil date: “31 Dec 2026”. Instants are shown in the time zone of the page."""
    return _date(_civil(at), "medium", _language())


def date_long(at: date | datetime) -> str:
    """Return the civil date in words: “31 December 2026”."""
    return _date(_civil(at), "long", _language())


def month(day: date) -> str:
    """Return a month and its year, short: “Dec 26”."""
    return str(format_date(day, "LLL yy", locale=_language().replace("-", "_")))


def moment(at: datetime) -> str:
    """Return date and time of day to the minute."""
    zone = timezone.get_current_timezone()
    return _moment(at.astimezone(UTC).replace(second=0, microsecond=0), str(zone), _language())


def _civil(at: date | datetime) -> date:
    return timezone.localtime(at).date() if isinstance(at, datetime) else at


def _language() -> str:
    return translation.get_language() or "en"


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    # British English: dates with the day first, as the rest of our languages write them.
    return Locale.parse({"en": "en_GB"}.get(language, language.replace("-", "_")))


@lru_cache(maxsize=8192)
def _money(minor: int, currency: str, language: str) -> str:
    text = format_currency(Money(minor, currency).decimal, currency, locale=_locale(language))
    # CLDR parts a currency's code from the digits (“CHF 5”); Babel leaves that out.
    return _CODE_BEFORE_DIGIT.sub("\\1\u00a0", text).replace("-", "\u2212")


@lru_cache(maxsize=2048)
def _number(value: int, language: str) -> str:
    return format_decimal(value, locale=_locale(language))


@lru_cache(maxsize=256)
def _decimal(value: Decimal, language: str) -> str:
    return format_decimal(value, locale=_locale(language))


@lru_cache(maxsize=8192)
def _date(day: date, style: str, language: str) -> str:
    return format_date(day, style, locale=_locale(language))


@lru_cache(maxsize=8192)
def _moment(at: datetime, zone: str, language: str) -> str:
    return format_datetime(at, "medium", tzinfo=ZoneInfo(zone), locale=_locale(language)).rsplit(":", 1)[0]
