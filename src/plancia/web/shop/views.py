"""The shop window, and the page of a product type."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from plancia.billing.vat import Tax
from plancia.catalog.models import ProductType
from plancia.kernel import clock
from plancia.kernel.money import Money
from plancia.kit import guards
from plancia.shop import domain_search
from plancia.shop import window as shop
from plancia.shop.window import PlanCard
from plancia.web import asked
from plancia.web.shop import structured, taxes, visitor
from plancia.web.shop.forms import CHOICE, ConfigureForm, frequency

_LONGEST_SEARCH = 100


@require_safe
@guards.open_to_all
def window(request: HttpRequest, category: str = "") -> HttpResponse:
    """Show what is sold, by category or of one alone, each type with its lowest price."""
    search = request.GET.get("q", "").strip()[:_LONGEST_SEARCH]
    currency, at = visitor.currency(request), clock.now()
    tax = visitor.tax(request, at=at)
    shelves = shop.shelves(currency=currency, at=at, search=search, category=category, tax=tax)
    if category and not shelves and not search:
        raise Http404
    names = [(shelf.name, reverse("shop-category", kwargs={"category": shelf.code})) for shelf in shelves]
    context = {
        "shelves": shelves,
        "search": search,
        "category": shelves[0].name if category and shelves else "",
        "has_domains": not search and not category and domain_search.type_with_domains() is not None,
        "structured": structured.categories(request, names),
        **frame(request, currency, tax=tax),
    }
    return render(request, "shop/window.html", context)


@require_safe
@guards.open_to_all
def product_type(request: HttpRequest, type: str) -> HttpResponse:
    """Show the plans of a type side by side, and the form of the one that was chosen."""
    found = shop.product_type(type)
    if found is None:
        raise Http404
    currency, at = visitor.currency(request), clock.now()
    tax = visitor.tax(request, at=at)
    cards = shop.plan_cards(found, currency=currency, at=at, tax=tax)
    wanted = request.GET.get("plan", "")
    chosen = next((card for card in cards if card.code == wanted), cards[0] if len(cards) == 1 else None)
    months = _months(request.GET.get("months", ""), cards)
    form = None
    if chosen:
        offered = [offer.months for offer in chosen.offers]
        initial: dict[str, object] = {
            "months": months if months in offered else max(offered, key=lambda one: (one <= 12, one))
        }
        for name in [setting["key"] for setting in found.settings]:
            if asked := request.GET.get(CHOICE + str(name)):
                initial[CHOICE + str(name)] = asked[:_LONGEST_SEARCH]
        form = ConfigureForm(found, chosen, initial=initial, prefix=None)
    return render_type(request, found, cards, months=months, chosen=chosen, form=form)


@require_POST
@guards.open_to_all
def price(request: HttpRequest, type: str) -> HttpResponse:
    """Say what the plan costs as it is configured, before it goes into the cart. Nothing is kept."""
    found = shop.product_type(type)
    if found is None:
        raise Http404
    cards = shop.plan_cards(
        found, currency=visitor.currency(request), at=clock.now(), tax=visitor.tax(request, at=clock.now())
    )
    chosen = next((card for card in cards if card.code == request.POST.get("plan")), None)
    if chosen is None:
        raise Http404
    form = ConfigureForm(found, chosen, request.POST)
    months = _months(request.POST.get("months", ""), cards)
    status = 200 if form.is_valid() else 422
    return render_type(request, found, cards, months=months, chosen=chosen, form=form, status=status)


@require_POST
@guards.open_to_all
def currency(request: HttpRequest) -> HttpResponse:
    """Show prices in another currency from now on, and go back to the page that asked."""
    visitor.choose_currency(request, request.POST.get("currency", ""), at=clock.now())
    return redirect(asked.following(request, otherwise=reverse("shop")))


@require_POST
@guards.open_to_all
def prices(request: HttpRequest) -> HttpResponse:
    """Show prices with tax from now on, or without, and go back to the page that asked."""
    visitor.choose_tax(request, is_shown=request.POST.get("tax") == "with")
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
    tax = visitor.tax(request, at=clock.now())
    context = {
        "sum": _sum(form, chosen),
        "structured": structured.product(request, found, cards, visitor.currency(request)) if not tax else "",
        "type": found,
        "cards": [(card, card.offer(months)) for card in cards],
        "months": months,
        "frequencies": [(each, frequency(each)) for each in offered],
        "chosen": chosen,
        "form": form,
        **frame(request, visitor.currency(request), tax=tax),
    }
    return render(request, "shop/type.html", context, status=status)


def frame(
    request: HttpRequest, currency: str, *, cart_count: int | None = None, tax: Tax | None = None
) -> dict[str, object]:
    """Return what every page of the shop shows: currencies, tax, and the cart's count, where it is not known yet."""
    return {
        "tax_shown": taxes.story(tax).label if tax else "",
        "currency": currency,
        "currencies": visitor.currencies(),
        "cart_count": visitor.cart_count(request) if cart_count is None else cart_count,
    }


def _sum(form: ConfigureForm | None, chosen: PlanCard | None) -> Money | None:
    """Return what the plan costs as it is configured for one term; None while that cannot be told."""
    if form is None or chosen is None:
        return None
    months, quantity = str(form["months"].value() or ""), "1"
    if "quantity" in form.fields:
        quantity = str(form["quantity"].value() or "")
    offer = next((one for one in chosen.offers if str(one.months) == months), None)
    if offer is None or not quantity.isascii() or not quantity.isdigit() or len(quantity) > 5:
        return None
    return offer.amount.times(int(quantity)) if 1 <= int(quantity) <= chosen.most else None


def _months(asked: str, cards: list[PlanCard]) -> int:
    """Return the frequency to compare plans at: the one asked for, else a year, else what most plans have."""
    offered = [offer.months for card in cards for offer in card.offers]
    if asked in {str(months) for months in offered}:
        return int(asked)
    return max(set(offered), key=lambda months: (offered.count(months), months == 12, -months), default=12)
