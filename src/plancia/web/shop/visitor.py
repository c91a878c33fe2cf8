"""The visitor of the shop: which cart is hers, and in which currency she reads prices."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.http import HttpRequest
from django.utils.timezone import localdate

from plancia.accounts.models import User
from plancia.billing import parties, vat
from plancia.organizations import founding
from plancia.organizations.models import Organization
from plancia.organizations.states import Kind
from plancia.shop import cart as carts
from plancia.shop import queries
from plancia.shop.checkout import NewOrganization
from plancia.shop.models import Cart

_CART, _CURRENCY, _TAX, _LEFT_BY = "cart", "currency", "shows-tax", "cart-left-by"
#: Where people who read a language most likely are, for the tax that is shown before they say.
_HOMES = {"it": "IT", "de": "DE", "fr": "FR", "es": "ES"}


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


def tax(request: HttpRequest, *, at: datetime) -> vat.Tax | None:
    """Return the tax with which a visitor wants to see prices, as a private person where she seems to be; or None."""
    if not request.session.get(_TAX):
        return None
    return vat.tax_for(NewOrganization(kind=Kind.PERSON, country=country(request)).as_party(), on=localdate(at))


def choose_tax(request: HttpRequest, *, is_shown: bool) -> None:
    """Remember whether the visitor wants to see prices with tax."""
    request.session[_TAX] = is_shown


def country(request: HttpRequest) -> str:
    """Return the country that currency and language speak of; she says it herself when she orders."""
    chosen = currency(request)
    home = next((one for one, money in settings.CURRENCY_OF_COUNTRY.items() if money == chosen), "")
    seller = parties.seller().country
    return home or _HOMES.get(request.LANGUAGE_CODE, seller if founding.currency_of(seller) == chosen else "IT")


def seen_in(request: HttpRequest) -> str:
    """Return the country that the proxy before us says a visitor comes from; empty, where it says none."""
    said = request.headers.get(settings.COUNTRY_HEADER, "") if settings.COUNTRY_HEADER else ""
    return said.upper() if len(said) == 2 and said.isalpha() else ""


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


def kept(request: HttpRequest) -> dict[str, object]:
    """Return what of a visit outlives signing out: the cart and whose it is, and how prices are read."""
    kept = {name: request.session[name] for name in (_CART, _CURRENCY, _TAX) if name in request.session}
    return kept | ({_LEFT_BY: str(request.user.pk)} if request.user.is_authenticated and _CART in kept else {})


def restore(request: HttpRequest, kept: dict[str, object]) -> None:
    """Put back what `kept` returned, into the session that follows."""
    for name, value in kept.items():
        request.session[name] = value


def recognize(request: HttpRequest, user: User) -> None:
    """Let go of a cart that somebody else left in this browser, now that `user` has signed in."""
    if request.session.pop(_LEFT_BY, str(user.pk)) != str(user.pk):
        request.session.pop(_CART, None)


def cart_count(request: HttpRequest) -> int:
    """Return how many lines are in the visitor's cart, for the badge in the top bar."""
    return queries.lines_in_cart(request.session.get(_CART)) if _CART in request.session else 0
