"""Countries, by their names in the language of the page. Source: ISO 3166-1, through Unicode CLDR."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from babel import Locale
from django.utils import translation

# What CLDR lists beside the countries of ISO 3166-1: unions, outlying parts, places without a code of their own.
_NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
#: Shown first: where customers of most European providers live.
_NEAR = ("CH", "LI", "IT", "DE", "FR", "AT", "ES")


def name(code: str) -> str:
    """Return the name of a country; its code, where it has none."""
    return dict(names(translation.get_language() or "en")).get(code, code)


@lru_cache(maxsize=16)
def names(language: str) -> tuple[tuple[str, str], ...]:
    """Return code and name of all countries: the near ones first, then by name."""
    territories = Locale.parse(language.replace("-", "_")).territories
    countries = {
        code: str(found)
        for code, found in territories.items()
        if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
    }
    near = [(code, countries.pop(code)) for code in _NEAR]
    return (*near, *sorted(countries.items(), key=lambda entry: _sort_key(entry[1])))


def choices() -> tuple[tuple[str, str], ...]:
    """Return the countries for a form, in the language of the page."""
    return names(translation.get_language() or "en")


def _sort_key(text: str) -> str:
    return unicodedata.normalize("NFKD", text.casefold())
