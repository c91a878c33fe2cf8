"""The visitor of the shop: which cart is hers, and in which currency she reads prices."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest

from plancia.billing import parties
from plancia.organizations import founding
from plancia.organizations.models import Organization
from plancia.shop import cart as carts
from plancia.shop import queries
from plancia.shop.models import Cart

_CART, _CURRENCY = "cart", "currency"


def currencies() -> list[str]:
    """Return the currencies in which the provider invoices."""
    return sorted({settings.CURRENCY, *settings.CURRENCY_OF_COUNTRY.values()})


def currency(request: HttpRequest) -> str:
    """Return the currency that the visitor chose, else the provider's own."""
    chosen = request.session.get(_CURRENCY)
    return chosen if chosen in currencies() else founding.currency_of(parties.seller().country)


def choose_currency(request: HttpRequest, chosen: str, *, at: datetime) -> None:
    """Remember in which currency the visitor wants to read prices; anything that is none changes nothing."""
    if chosen in currencies():
        request.session[_CURRENCY] = chosen
        if found := cart(request):
            carts.show_in(cart_id=found.pk, currency=chosen, at=at)


def cart(request: HttpRequest) -> Cart | None:
    """Return the visitor's cart, or None where nothing was put into one yet."""
    return carts.find(request.session.get(_CART))


def cart_or_new(request: HttpRequest, *, at: datetime) -> Cart:
    """Return the visitor's cart; a new one, which the session remembers, where there is none."""
    found = cart(request)
    if found is None:
        found = carts.open_cart(currency=currency(request), at=at)
        request.session[_CART] = found.public_id
    return found


def payers(request: HttpRequest, found: Cart | None) -> tuple[list[Organization], Organization | None]:
    """Return the organizations for which a visitor may order, and the one that her cart is for, while it has lines."""
    if found is None or not request.user.is_authenticated:
        return [], None
    mine = queries.payers(request.user.pk)
    return mine, next((one for one in mine if one.public_id == found.payer), mine[0] if mine else None)


def cart_count(request: HttpRequest) -> int:
    """Return how many lines are in the visitor's cart, for the badge in the top bar."""
    return queries.lines_in_cart(request.session.get(_CART)) if _CART in request.session else 0
