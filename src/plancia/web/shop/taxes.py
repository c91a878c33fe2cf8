"""The story of the tax: which VAT is charged, and why, in words for the person who pays it."""

from __future__ import annotations

from dataclasses import dataclass

from babel.numbers import format_decimal
from django.utils import translation
from django.utils.translation import gettext as _

from plancia.billing import vat
from plancia.billing.vat import Category, Tax
from plancia.web.shop import countries


@dataclass(frozen=True, slots=True)
class Story:
    """How a tax is called in a sum, and why it is that one."""

    label: str
    why: str


def story(tax: Tax) -> Story:
    """Return how a quote's tax is called, and why it is charged or not."""
    country = countries.name(tax.country)
    if tax.category is Category.REVERSE_CHARGE:
        return Story(_("VAT: reverse charge"), str(tax.explanation))
    if tax.category is Category.OUTSIDE_SCOPE:
        return Story(_("VAT: none"), str(tax.explanation))
    label = _("VAT %(rate)s %%") % {"rate": _rate(tax)}
    if tax.country in vat.european_union():
        why = _("The rate of %(country)s, where you are: for everybody but businesses with a valid VAT number.")
        return Story(label, why % {"country": country})
    return Story(label, _("The rate of %(country)s.") % {"country": country})


def _rate(tax: Tax) -> str:
    return str(format_decimal(tax.rate.normalize(), locale=(translation.get_language() or "en").replace("-", "_")))
