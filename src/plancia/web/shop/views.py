"""The shop window, and the page of a product type."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from plancia.catalog.models import ProductType
from plancia.kernel import clock
from plancia.kit import guards
from plancia.shop import window as shop
from plancia.shop.window import PlanCard
from plancia.web import asked
from plancia.web.shop import visitor
from plancia.web.shop.forms import ConfigureForm, frequency

_LONGEST_SEARCH = 100


@require_safe
@guards.open_to_all
def window(request: HttpRequest) -> HttpResponse:
    """Show what is sold, by category, each type with its lowest price."""
    search = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
    currency = visitor.currency(request)
    shelves = shop.shelves(currency=currency, at=clock.now(), search=search)
    context = {"shelves": shelves, "search": search, **frame(request, currency)}
    return render(request, "shop/window.html", context)


@require_safe
@guards.open_to_all
def product_type(request: HttpRequest, type: str) -> HttpResponse:
    """Show the plans of a type side by side, and the form of the one that was chosen."""
    found = shop.product_type(type)
    if found is None:
        raise Http404
    currency = visitor.currency(request)
    cards = shop.plan_cards(found, currency=currency, at=clock.now())
    wanted = request.GET.get("plan", "")
    chosen = next((card for card in cards if card.code == wanted), cards[0] if len(cards) == 1 else None)
    months = _months(request.GET.get("months", ""), cards)
    form = None
    if chosen:
        offered = [offer.months for offer in chosen.offers]
        initial = {"months": months if months in offered else max(offered, key=lambda one: (one <= 12, one))}
        form = ConfigureForm(found, chosen, initial=initial, prefix=None)
    return render_type(request, found, cards, months=months, chosen=chosen, form=form)


@require_POST
@guards.open_to_all
def currency(request: HttpRequest) -> HttpResponse:
    """Show prices in another currency from now on, and go back to the page that asked."""
    visitor.choose_currency(request, request.POST.get("currency", ""), at=clock.now())
    return redirect(asked.following(request, otherwise=reverse("shop")))


def render_type(
    request: HttpRequest,
    found: ProductType,
    cards: list[PlanCard],
    *,
    months: int,
    chosen: PlanCard | None,
    form: ConfigureForm | None,
    status: int = 200,
) -> HttpResponse:
    """Return the page of a type, with the form as it stands: also after what was typed was refused."""
    offered = sorted({offer.months for card in cards for offer in card.offers})
    context = {
        "type": found,
        "cards": [(card, card.offer(months)) for card in cards],
        "months": months,
        "frequencies": [(each, frequency(each)) for each in offered],
        "chosen": chosen,
        "form": form,
        **frame(request, visitor.currency(request)),
    }
    return render(request, "shop/type.html", context, status=status)


def frame(request: HttpRequest, currency: str, *, cart_count: int | None = None) -> dict[str, object]:
    """Return what every page of the shop shows: the currencies, and the cart's count, where it is not known yet."""
    return {
        "currency": currency,
        "currencies": visitor.currencies(),
        "cart_count": visitor.cart_count(request) if cart_count is None else cart_count,
    }


def _months(asked: str, cards: list[PlanCard]) -> int:
    """Return the frequency to compare plans at: the one asked for, else a year, else what most plans have."""
    offered = [offer.months for card in cards for offer in card.offers]
    if asked in {str(months) for months in offered}:
        return int(asked)
    return max(set(offered), key=lambda months: (offered.count(months), months == 12, -months), default=12)
