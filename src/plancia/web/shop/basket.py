"""The cart's pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from plancia.catalog.models import Plan
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit import guards
from plancia.organizations.models import Organization
from plancia.promotions.codes import Buyer
from plancia.shop import applying, offers, queries, window
from plancia.shop import cart as carts
from plancia.shop.applying import Appraisal
from plancia.shop.offers import Ending
from plancia.shop.queries import CartRow
from plancia.web.shop import views, visitor
from plancia.web.shop.forms import CHOICE, ConfigureForm, LineForm


@require_safe
@guards.open_to_all
def cart(request: HttpRequest) -> HttpResponse:
    """Show what is in the cart."""
    return _page(request)


@require_POST
@guards.open_to_all
def add(request: HttpRequest) -> HttpResponse:
    """Put a plan into the cart; where something typed is refused, show its page again with all that was typed."""
    at = clock.now()
    code = request.POST.get("plan", "").replace("\0", "")  # no database can hold it
    plan = Plan.objects.filter(code=code).select_related("product_type__category").first()
    if plan is None:
        raise Http404
    cards = window.plan_cards(
        plan.product_type, currency=visitor.currency(request), at=at, tax=visitor.tax(request, at=at)
    )
    card = next((card for card in cards if card.code == plan.code), None)
    if card is None or plan.product_type.is_withdrawn:
        messages.warning(request, str(carts.NotOffered()))
        return redirect("shop")

    form = ConfigureForm(plan.product_type, card, request.POST)
    if form.is_valid():
        found = visitor.cart_or_new(request, at=at)
        try:
            carts.add(
                cart_id=found.pk,
                plan_code=plan.code,
                months=form.cleaned_data["months"],
                quantity=form.quantity,
                choices=form.chosen,
                at=at,
            )
        except Refusal as refusal:
            _tell(form, refusal)
        else:
            name = f"{plan.product_type.name} {plan.name}"
            messages.success(request, _("%(name)s is in your cart.") % {"name": name})
            return redirect("cart")
    months = form.cleaned_data.get("months") or card.offers[0].months
    return views.render_type(request, plan.product_type, cards, months=months, chosen=card, form=form, status=422)


@require_POST
@guards.open_to_all
def change(request: HttpRequest, line: str) -> HttpResponse:
    """Change how many of a line are wanted, or for how long at a time."""
    at = clock.now()
    found = visitor.cart(request)
    content = queries.cart_content(found, currency=visitor.currency(request), at=at)
    row = next((row for row in content.rows if row.public_id == line), None)
    if found is None or row is None:
        return _gone(request)
    form = LineForm(request.POST, most=row.most, frequencies=row.frequencies, prefix=row.public_id)
    if form.is_valid():
        try:
            carts.change(cart_id=found.pk, line=line, at=at, **form.cleaned_data)
        except Refusal as refusal:
            _tell(form, refusal)
        else:
            return redirect("cart")
    return _page(request, refused=(line, form), status=422)


@require_POST
@guards.open_to_all
def remove(request: HttpRequest, line: str) -> HttpResponse:
    """Take a line out of the cart."""
    found = visitor.cart(request)
    if found is None:
        return _gone(request)
    try:
        carts.remove(cart_id=found.pk, line=line, at=clock.now())
    except carts.LineGone:
        return _gone(request)
    return redirect("cart")


def _page(request: HttpRequest, *, refused: tuple[str, LineForm] | None = None, status: int = 200) -> HttpResponse:
    at = clock.now()
    found = visitor.cart(request)
    payers, payer = visitor.payers(request, found)
    currency = visitor.currency(request)
    lines = applying.contents(found) if found else []
    content = queries.cart_content(found, currency=currency, at=at, lines=lines)
    given = offers.given_to(payers, at=at) if lines and payers else []
    appraisals: Sequence[Appraisal | None] = [None] * len(lines)
    if payer:
        appraisals = applying.appraise(lines, Buyer(payer.pk, payer.currency), given=given, at=at)
    context = {
        **views.frame(request, currency, cart_count=len(content.rows)),
        "content": content,
        "payer": payer,
        "moves_to": payer.currency if payer and payer.currency != currency else "",
        "hints": offers.hints(lines, payers, payer, given),
        "rows": [
            (row, _line_form(row, refused), one, _ending(one, row, payer, at=at))
            for row, one in zip(content.rows, appraisals, strict=True)
        ],
    }
    return render(request, "shop/cart.html", context, status=status)


def _ending(one: Appraisal | None, row: CartRow, payer: Organization | None, *, at: datetime) -> Ending | None:
    if one is None or one.grant is None or payer is None or row.net is None or row.net.currency != one.grant.currency:
        return None
    return offers.ending(one.grant, row.net, row.months, at=at)


def _line_form(row: CartRow, refused: tuple[str, LineForm] | None) -> LineForm | None:
    if refused and refused[0] == row.public_id:
        return refused[1]
    if not row.is_offered:
        return None
    initial = {"months": row.months, "quantity": row.quantity}
    return LineForm(most=row.most, frequencies=row.frequencies, initial=initial, prefix=row.public_id)


def _gone(request: HttpRequest) -> HttpResponse:
    # Removed in another window, or never this visitor's: the same answer, so that nothing is learnt about other carts.
    messages.warning(request, str(carts.LineGone()))
    return redirect("cart")


def _tell(form: ConfigureForm | LineForm, refusal: Refusal) -> None:
    named = refusal.field or ""
    field = next((name for name in (named, CHOICE + named) if name in form.fields), None)
    form.add_error(field, str(refusal))
