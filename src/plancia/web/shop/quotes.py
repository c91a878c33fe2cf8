"""Quotes: making one of a cart, and what whoever has its link sees."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from plancia.billing import parties
from plancia.billing.parties import Party
from plancia.billing.vat import Tax
from plancia.kernel import clock, tenancy
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.kit import guards
from plancia.organizations.states import Kind
from plancia.shop import quotes as shop
from plancia.shop.checkout import NewOrganization
from plancia.shop.models import Quote
from plancia.web.shop import countries, taxes, views, visitor
from plancia.web.shop.forms import frequency


@require_POST
@guards.open_to_all
def make(request: HttpRequest) -> HttpResponse:
    """Keep the cart as a quote, and show it with its link."""
    at, found = clock.now(), visitor.cart(request)
    if found is None:
        return redirect("cart")
    _mine, payer = visitor.payers(request, found)
    if payer:
        tenancy.enter(payer.pk)
        buyer, currency = parties.buyer(payer), payer.currency
    else:
        currency = visitor.currency(request)
        buyer = NewOrganization(kind=Kind.PERSON, country=visitor.country(request)).as_party()
    try:
        made = shop.make(cart_id=found.pk, buyer=buyer, currency=currency, language=request.LANGUAGE_CODE, at=at)
    except Refusal as refusal:
        messages.warning(request, str(refusal))
        return redirect("cart")
    return redirect("quote", token=made.token)


@require_safe
@guards.open_to_all
def quote(request: HttpRequest, token: str) -> HttpResponse:
    """Show a quote to whoever has its link."""
    found, at = _found(token), clock.now()
    icons = shop.icons(found)
    buyer = Party.from_json(found.buyer)
    context = {
        "quote": found,
        "lines": [
            (
                row["name"],
                icons.get(row["plan"], "package"),
                frequency(row["months"]),
                row["quantity"],
                Money(row["net_minor"], found.currency),
            )
            for row in found.lines
        ],
        "net": Money(found.net_minor, found.currency),
        "tax": Money(found.tax_minor, found.currency),
        "story": taxes.story(Tax.from_json(found.taxes[0])),
        "buyer": buyer if buyer.name else None,
        "country": countries.name(buyer.country),
        "holds": at < found.valid_until,
        "link": request.build_absolute_uri(reverse("quote", kwargs={"token": token})),
        **views.frame(request, found.currency),
    }
    response = render(request, "shop/quote.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@guards.open_to_all
def pdf(request: HttpRequest, token: str) -> HttpResponse:
    """Give a quote on paper."""
    found = _found(token)
    link = request.build_absolute_uri(reverse("quote", kwargs={"token": token}))
    return HttpResponse(
        shop.pdf(found, link=link),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="quote-{found.number}.pdf"', "X-Robots-Tag": "noindex"},
    )


@require_POST
@guards.open_to_all
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Put what was quoted into the visitor's cart."""
    at, found = clock.now(), _found(token)
    cart = visitor.cart_or_new(request, at=at)
    visitor.choose_currency(request, found.currency, at=at)
    for refusal in shop.take_over(quote_id=found.pk, cart_id=cart.pk, at=at):
        messages.warning(request, str(refusal))
    if at >= found.valid_until:
        messages.info(request, _("The quote has ended: these are the prices of today."))
    return redirect("cart")


def _found(token: str) -> Quote:
    found = shop.find(token)
    if found is None:
        raise Http404
    return found
