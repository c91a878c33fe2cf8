"""Explaining: what made each amount of an invoice: the price and its version, the period, the discount, the tax."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from plancia.billing.queries import InvoiceDetail, LineRow
from plancia.catalog import queries as catalog
from plancia.catalog.models import Price
from plancia.kit import formats
from plancia.web.shop import countries
from plancia.web.shop.forms import frequency


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """A line with its reasons, as pairs of a heading and what is to be said."""

    row: LineRow
    reasons: list[tuple[str, str]]


def lines(found: InvoiceDetail) -> list[ExplainedLine]:
    """Return the lines of an invoice explained: one query more, for the prices."""
    prices = catalog.prices_by_key(row.price_id for row in found.lines if row.price_id)
    tax = _tax(found)
    return [
        ExplainedLine(row, [*_reasons(row, prices.get(row.price_id) if row.price_id else None), *tax])
        for row in found.lines
    ]


def _reasons(row: LineRow, price: Price | None) -> list[tuple[str, str]]:
    reasons = []
    if price:
        words = {
            "plan": price.plan.title,
            "amount": formats.money(price.amount),
            "frequency": frequency(price.months),
            "version": price.version,
            "since": formats.date_short(price.valid_from),
        }
        said = _("%(plan)s, %(amount)s for %(frequency)s: version %(version)d of the price, in force since %(since)s")
        reasons.append((_("Price"), said % words))
    if row.quantity != 1:
        reasons.append(
            (_("Quantity"), f"{row.quantity} × {formats.money(row.unit_price)} = {formats.money(row.gross)}")
        )
    if row.starts_on and row.last_on:
        days = (row.last_on - row.starts_on).days + 1
        period = _("%(first)s to %(last)s, both included: %(days)d days")
        words = {"first": formats.date_short(row.starts_on), "last": formats.date_short(row.last_on), "days": days}
        reasons.append((_("Period"), period % words))
    if row.discount:
        said = formats.money(row.discount)
        reasons.append((_("Discount"), f"{said} · {row.discount_reason}" if row.discount_reason else said))
    return reasons


def _tax(found: InvoiceDetail) -> list[tuple[str, str]]:
    reasons = []
    for row in found.taxes:
        if row.tax or not row.explanation:
            country = countries.name(row.country)
            said = _("%(rate)s of %(country)s") % {"rate": formats.percent(row.rate), "country": country}
        else:
            said = _("none")
        parts = [said, str(row.rule), row.source]
        reasons.append((_("VAT"), " · ".join(part for part in parts if part)))
    return reasons
