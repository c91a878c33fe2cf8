"""
Quotes: a cart as it stands, kept for whoever has its link, at prices that hold for some days.

A quote reserves nothing and counts no promo code: it holds prices. Whoever opens its link puts it into her own cart.
Source: docs/decisions/0045-quotes-hold-prices.md
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from plancia.billing import documents, vat
from plancia.billing.issuing import LineDraft
from plancia.billing.parties import Party
from plancia.catalog.models import Plan, Price
from plancia.kernel import clock, transaction
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.shop import applying, pricing
from plancia.shop import cart as carts
from plancia.shop.models import Cart, CartLine, Quote

_TOKEN = re.compile("[A-Za-z0-9_-]{43}")


class NothingToQuote(Refusal):
    """The cart is empty."""

    code = "nothing_to_quote"
    sentence = _("Your cart is empty: there is nothing to quote.")


@transaction.atomic
def make(*, cart_id: UUID, buyer: Party, currency: str, language: str, at: datetime) -> Quote:
    """
    Keep a cart as a quote for a buyer, at the prices and the tax of now.

    Raises: NothingToQuote; pricing.NoLongerOffered.
    """
    cart = Cart.objects.locked().get(pk=cart_id)
    lines = applying.contents(cart)
    if not lines:
        raise NothingToQuote
    quoted = pricing.quote([applying.wish_of(line) for line in lines], buyer, currency=currency, at=at)
    made: Quote = Quote.objects.create(
        number=_next_number(),
        token=secrets.token_urlsafe(32),
        language=language,
        currency=currency,
        lines=[
            {
                "name": pricing.title(line.wish, language),
                "plan": line.wish.plan.code,
                "price": str(line.price.pk),
                "months": line.wish.months,
                "quantity": line.wish.quantity,
                "choices": dict(line.wish.choices),
                "unit_minor": line.unit_price.minor,
                "net_minor": line.net.minor,
            }
            for line in quoted.lines
        ],
        net_minor=quoted.net.minor,
        tax_minor=quoted.totals.tax.minor,
        total_minor=quoted.total.minor,
        buyer=buyer.as_json,
        taxes=quoted.tax_rows(),
        made_at=at,
        valid_until=at + clock.days(settings.QUOTE_HOLDS_DAYS),
    )
    return made


def find(token: str) -> Quote | None:
    """Return the quote whose link somebody has, or None."""
    found: Quote | None = Quote.objects.filter(token=token).first() if _TOKEN.fullmatch(token) else None
    return found


@transaction.atomic
def take_over(*, quote_id: UUID, cart_id: UUID, at: datetime) -> list[Refusal]:
    """
    Put what was quoted into a cart, at the prices that the quote holds while it does; return what was not possible.

    The cart then shows the quote's currency. What is not sold any more, or is in the cart already, is left out.
    """
    quote = Quote.objects.get(pk=quote_id)
    carts.show_in(cart_id=cart_id, currency=quote.currency, at=at)
    prices = {str(one.pk): one for one in Price.objects.filter(pk__in=[row["price"] for row in quote.lines])}
    refusals: list[Refusal] = []
    for row in quote.lines:
        try:
            with transaction.atomic():
                line = carts.add(
                    cart_id=cart_id,
                    plan_code=row["plan"],
                    months=row["months"],
                    quantity=row["quantity"],
                    choices={name: str(value) for name, value in row["choices"].items()},
                    at=at,
                )
        except Refusal as refusal:
            refusals.append(refusal)
        else:
            CartLine.objects.filter(pk=line.pk).update(held_price=prices[row["price"]], held_until=quote.valid_until)
    return refusals


def pdf(quote: Quote, *, link: str) -> bytes:
    """Return a quote on paper, in its language, with its link and until when it holds."""
    (tax,) = quote.taxes
    nets = [Money(row["net_minor"], quote.currency) for row in quote.lines]
    return documents.quote(
        documents.ProForma(
            number=quote.number,
            issued_on=localdate(quote.made_at),
            due_on=localdate(quote.valid_until),
            language=quote.language,
            buyer=Party.from_json(quote.buyer),
            lines=[
                LineDraft(
                    description=row["name"],
                    quantity=row["quantity"],
                    unit_price=Money(row["unit_minor"], quote.currency),
                    net=net,
                )
                for row, net in zip(quote.lines, nets, strict=True)
            ],
            totals=vat.totals(nets, vat.Tax.from_json(tax), quote.currency),
            reference=link,
        )
    )


def icons(quote: Quote) -> dict[str, str]:
    """Return the icon of each plan that is quoted, by the plan's code."""
    plans = Plan.objects.filter(code__in={row["plan"] for row in quote.lines}).select_related("product_type")
    return {plan.code: plan.product_type.icon for plan in plans}


def _next_number() -> str:
    with transaction.connection().cursor() as cursor:
        cursor.execute("select nextval('shop_quote_number')")
        return f"Q{cursor.fetchone()[0]}"
