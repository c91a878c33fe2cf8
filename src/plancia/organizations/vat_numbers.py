"""
VAT numbers: checked offline, by the rule of their country.

A right check digit says that the number can exist, not that it is registered. Such a number counts as valid here, until
the register of the European Union says otherwise (`billing.vat_checks`), which uses the same states.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from stdnum import get_cc_module
from stdnum.ch import uid
from stdnum.ch import vat as swiss_vat
from stdnum.eu import vat as european_vat
from stdnum.exceptions import ValidationError

from plancia.kernel.refusals import Refusal
from plancia.organizations.states import VatNumberState

# Council Directive 2006/112/EC, articles 7 and 215: Greece writes EL; Monaco is treated as France.
_PREFIXES = {"GR": "EL", "MC": "FR"}
_LONGEST = 32
_PLAUSIBLE = re.compile(r"[0-9A-Z][0-9A-Z ./-]{3,31}")


class VatNumberRefused(Refusal):
    """The number cannot exist in that country."""

    code = "vat_number_refused"
    sentence = _("“%(number)s” is not a VAT number of this country. Please compare it with your tax documents.")
    field = "vat_number"


def check(country: str, number: str) -> str:
    """
    Return a VAT number as its country writes it; an empty one stays empty.

    Raises: VatNumberRefused, when the check digits, the form or the country's prefix are wrong.
    """
    compact = number.strip().upper()
    if not compact:
        return ""
    if len(compact) > _LONGEST:
        raise VatNumberRefused(number=compact[:_LONGEST] + "…")
    try:
        return _rule(country)(compact)
    except ValidationError as refused:
        raise VatNumberRefused(number=compact) from refused


def state_of(country: str, number: str) -> VatNumberState:
    """
    Return what `check` has shown of a number that it let pass.

    Where a register is asked and no grace is given, right check digits are not enough.
    """
    if not number:
        return VatNumberState.NONE
    if settings.VIES_URL and not settings.VIES_GRACE_DAYS and is_european(country):
        return VatNumberState.UNVERIFIED
    return VatNumberState.UNVERIFIED if _rule(country) is _as_it_is else VatNumberState.VALID


def is_european(country: str) -> bool:
    """Say whether numbers of a country are in the register of the European Union."""
    prefix = _PREFIXES.get(country, country)
    return prefix.lower() in european_vat.MEMBER_STATES or prefix == "EL"


def _rule(country: str) -> Callable[[str], str]:
    if country in ("CH", "LI"):
        return _swiss if country == "CH" else _as_it_is
    prefix = _PREFIXES.get(country, country)
    if is_european(country):
        return lambda number: _european(prefix, number)
    module = get_cc_module(country.lower(), "vat")
    return module.validate if module else _as_it_is


def _european(prefix: str, number: str) -> str:
    written = number if number.startswith(prefix) else prefix + number
    return str(european_vat.validate(written))


def _swiss(number: str) -> str:
    # A company writes its UID with or without the suffix MWST, TVA, IVA or TPV of those who pay VAT.
    try:
        return str(swiss_vat.format(swiss_vat.validate(number)))
    except ValidationError:
        return str(uid.format(uid.validate(number)))


def _as_it_is(number: str) -> str:
    if not _PLAUSIBLE.fullmatch(number):
        raise ValidationError
    return number
