"""Wording: dates, amounts and addresses as the reader of a document writes them. Source: CLDR, through Babel."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, format_percent

from plancia.billing.parties import Party
from plancia.kernel.money import Money, digits

_TWO_DIGIT_YEAR = re.compile(r"(?<!y)yy(?!y)")


@dataclass(frozen=True, slots=True)
class Wording:
    """How one reader writes: a language, and the habits of a country where the two go together (Swiss German)."""

    locale: Locale

    @classmethod
    def of(cls, language: str, country: str) -> Wording:
        """Return the wording of a language in a country; of the language alone where CLDR knows no such pair."""
        try:
            return cls(Locale.parse(f"{language.split('-')[0]}_{country}"))
        except (UnknownLocaleError, ValueError):
            return cls(Locale.parse(language.split("-")[0]))

    def money(self, amount: Money) -> str:
        """Return an amount with its currency, as its code: a $ is many currencies."""
        written = format_currency(
            amount.decimal, amount.currency, locale=self.locale, format="¤¤\u00a0#,##0.00", currency_digits=True
        )
        return str(written)

    def amount(self, amount: Money) -> str:
        """Return an amount without its currency, for columns that name it."""
        places = digits(amount.currency)
        pattern = "#,##0" + (f".{'0' * places}" if places else "")
        return str(format_decimal(amount.decimal, format=pattern, locale=self.locale))

    def number(self, number: int) -> str:
        """Return a whole number."""
        return str(format_decimal(number, locale=self.locale))

    def percent(self, percent: Decimal) -> str:
        """Return a rate, with as many digits as it has. Units: percent."""
        return str(format_percent(percent / 100, locale=self.locale, decimal_quantization=False))

    def day(self, day: date) -> str:
        """Return a date in words."""
        return str(format_date(day, format="long", locale=self.locale))

    def short_day(self, day: date) -> str:
        """Return a date in figures, with the whole year."""
        pattern = _TWO_DIGIT_YEAR.sub("yyyy", self.locale.date_formats["short"].pattern)
        return str(format_date(day, format=pattern, locale=self.locale))

    def country(self, code: str) -> str:
        """Return the name of a country."""
        return self.locale.territories.get(code) or code

    def address(self, party: Party, *, home: str) -> list[str]:
        """Return the lines of a postal address below the name; the country where it is not `home`."""
        postcode_first = f"{party.postcode} {party.city}".strip()
        lines = [f"{party.street} {party.house_number}".strip(), postcode_first]
        if party.country != home:
            lines.append(self.country(party.country))
        return [line for line in lines if line]
