"""Checkout: one page, from the cart to an order."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from plancia.accounts.models import User
from plancia.kernel import clock, ids, tenancy
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.kit import guards
from plancia.ledger.posting import InsufficientFunds
from plancia.organizations.models import Organization
from plancia.organizations.states import Kind
from plancia.payments import gateways as card
from plancia.payments.methods import Method
from plancia.promotions.codes import CodeRefused
from plancia.promotions.grants import GrantNotThere
from plancia.shop import applying, offers, ordering, pricing, queries
from plancia.shop import cart as carts
from plancia.shop import checkout as shop
from plancia.shop.applying import Appraisal
from plancia.shop.checkout import NewOrganization, Placed
from plancia.shop.models import Cart, CartLine, Order
from plancia.shop.offers import Ending, Hint
from plancia.shop.pricing import Quote, QuoteLine
from plancia.wallet import prepaid
from plancia.web.shop import countries, discounts, gateways, taxes, views, visitor
from plancia.web.shop.forms import CodeForm, OrderForm, PayerForm

#: The value of `for` that asks for an organization made by this order.
NEW = "new"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the order, with what reduces it and what could."""

    appraisal: Appraisal
    priced: QuoteLine
    ending: Ending | None


@dataclass(slots=True)
class Desk:
    """One visit of the checkout page: who orders, for whom, and what was typed so far."""

    user: User
    cart: Cart
    payers: list[Organization]
    payer: Organization | None
    payer_form: PayerForm | None
    order_form: OrderForm | None = None
    quote: Quote | None = None
    lines: Sequence[Line] = ()
    hints: Sequence[Hint] = ()
    code_form: CodeForm | None = None
    refusal: str = ""
    changed_total: bool = False

    @property
    def buyer(self) -> Organization | NewOrganization | None:
        """Who would pay, as far as it is known: None while the form of a new organization has mistakes."""
        if self.payer_form is None:
            return self.payer
        return self.payer_form.payer if self.payer_form.is_bound and self.payer_form.is_valid() else None


@require_http_methods(["GET", "HEAD", "POST"])
@guards.open_to_all
def checkout(request: HttpRequest) -> HttpResponse:
    """Show the page of checkout, recompute it for another payer, or place the order."""
    at = clock.now()
    cart = visitor.cart(request)
    user = request.user
    if isinstance(user, User) and cart and request.method == "POST":
        return _pressed(request, user, cart, at=at)

    content = queries.cart_content(cart, currency=visitor.currency(request), at=at)
    if cart is None or not content.is_orderable:
        return redirect("cart")
    if not isinstance(user, User):
        context = {"content": content, **views.frame(request, content.currency, cart_count=len(content.rows))}
        return render(request, "shop/checkout_sign_in.html", context)
    return _show(request, _desk(request, user, cart, request.GET.get("for", "")), at=at)


def _pressed(request: HttpRequest, user: User, cart: Cart, *, at: datetime) -> HttpResponse:
    desk = _desk(request, user, cart, request.POST.get("for", ""))
    step = request.POST.get("step", "")
    is_ordering = step == "order"
    is_applied = discounts.answer(request, desk, step, at=at)
    if not is_ordering or not is_applied:
        return _show(request, desk, at=at, status=200 if is_applied else 422)

    form = desk.order_form = OrderForm(request.POST)
    buyer = desk.buyer
    if not form.is_valid() or buyer is None:
        return _show(request, desk, at=at, status=422)
    try:
        placed = shop.check_out(
            cart_id=cart.pk,
            user=user,
            payer=buyer,
            method=form.chosen_method,
            idempotency_key=form.idempotency_key,
            quoted_total=form.shown_total,
            language=request.LANGUAGE_CODE,
            visitor_country=visitor.seen_in(request),
            actor=guards.actor(request),
            at=at,
        )
    except (CodeRefused, GrantNotThere) as refusal:
        # Taken by somebody else since this page was shown: the total is another one.
        desk.refusal = str(refusal)
        return _show(request, desk, at=at, status=409)
    except (ordering.NothingToOrder, pricing.NoLongerOffered) as refusal:
        messages.warning(request, str(refusal))
        return redirect("cart")
    except ordering.PriceChanged as changed:
        desk.changed_total, desk.refusal = True, ""
        return _show(request, desk, at=at, status=409, changed=changed)
    except InsufficientFunds:
        form.add_error("method", _("The balance of the prepaid account does not cover this order."))
    except Refusal as refusal:
        _tell(desk, form, refusal)
    else:
        return _after(request, placed, form.chosen_method, at=at)
    return _show(request, desk, at=at, status=422)


def _desk(request: HttpRequest, user: User, cart: Cart, wanted: str) -> Desk:
    payers = queries.payers(user.pk)
    payer = next((one for one in payers if one.public_id == wanted), None)
    if payer is None and wanted not in ("", NEW):
        raise Http404
    if payer is None and wanted != NEW and payers:
        payer = next((one for one in payers if one.public_id == cart.payer), payers[0])
    if payer:
        tenancy.enter(payer.pk)
        if cart.payer != payer.public_id:
            carts.choose_payer(cart_id=cart.pk, payer=payer.public_id)
        return Desk(user, cart, payers, payer, None)
    # A first look at the page shows the form with what is known; anything typed comes back as it was typed.
    typed = request.POST if request.method == "POST" and request.POST.get("for") == NEW else None
    return Desk(user, cart, payers, None, PayerForm(typed, initial=_known(request, user)))


def _known(request: HttpRequest, user: User) -> dict[str, str]:
    home = {"CHF": "CH"}.get(visitor.currency(request), "")
    language_home = {"it": "IT", "de": "DE", "fr": "FR", "es": "ES"}.get(request.LANGUAGE_CODE, "IT")
    return {
        "kind": Kind.PERSON,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "country": home or language_home,
        "billing_email": user.email,
    }


def _tell(desk: Desk, form: OrderForm, refusal: Refusal) -> None:
    for one in (desk.payer_form, form):
        if one is not None and refusal.field in one.fields:
            one.add_error(refusal.field, str(refusal))
            return
    desk.refusal = str(refusal)


def _show(
    request: HttpRequest,
    desk: Desk,
    *,
    at: datetime,
    status: int = 200,
    changed: ordering.PriceChanged | None = None,
) -> HttpResponse:
    lines = applying.contents(desk.cart)
    if not lines:
        return redirect("cart")
    _price(desk, lines, at=at)
    balance = prepaid.balance(desk.payer) if desk.payer else None
    form = _fresh_form(request, desk)
    currency = desk.quote.total.currency if desk.quote else visitor.currency(request)
    context = {
        "desk": desk,
        "lines": desk.lines,
        "moved_to": currency if desk.payer and currency != desk.cart.currency else "",
        "code_form": desk.code_form or CodeForm(),
        "quote": desk.quote,
        "tax": taxes.story(desk.quote.tax) if desk.quote else None,
        "payer_form": desk.payer_form,
        "order_form": form,
        "methods": _methods(form, balance, desk.quote),
        "balance": balance,
        "country": countries.name(desk.payer.country) if desk.payer else "",
        "shown_before": changed.params["shown"] if changed else None,
        **views.frame(request, currency, cart_count=len(lines)),
    }
    response = render(request, "shop/checkout.html", context, status=status)
    return gateways.let_forms_lead_to_the_gateway(response)


def _price(desk: Desk, lines: list[CartLine], *, at: datetime) -> None:
    """Work out what the order costs who pays, with what reduces it; where that cannot be told, say why."""
    buyer: Organization | NewOrganization | None = desk.buyer
    if buyer is None and desk.payer_form is not None:
        # Before anything valid is typed, the total is that of a private person in the country that is shown.
        country = str(desk.payer_form["country"].value() or "")
        known = dict(countries.choices())
        buyer = NewOrganization(kind=Kind.PERSON, country=country if country in known else "CH")
    if buyer is None:
        return
    given = offers.given_to(desk.payers, at=at) if desk.payers else []
    appraisals = shop.appraise(lines, buyer, desk.user, given=given, at=at)
    try:
        quote = desk.quote = shop.quote(appraisals, buyer, at=at)
    except pricing.NoLongerOffered as refusal:
        desk.refusal = str(refusal)
        return
    except Refusal as refusal:
        if desk.payer_form is not None:
            desk.payer_form.add_error(refusal.field if refusal.field in desk.payer_form.fields else None, str(refusal))
        return
    desk.lines = [
        Line(one, priced, discounts.ending(one, priced, at=at))
        for one, priced in zip(appraisals, quote.lines, strict=True)
    ]
    desk.hints = offers.hints(lines, desk.payers, desk.payer, given)


def _fresh_form(request: HttpRequest, desk: Desk) -> OrderForm:
    """Return the last answers as they were given, with the total that this page shows."""
    answered = desk.order_form
    total = desk.quote.total if desk.quote else Money.zero(visitor.currency(request))
    hidden = {"shown_minor": total.minor, "shown_currency": total.currency}
    if request.method == "POST":
        typed = request.POST.copy()
        for name, value in hidden.items():
            typed[name] = str(value)
        # The key stays: whatever was typed in between, it is still one wish to order.
        if not _is_key(typed.get("key", "")):
            typed["key"] = str(ids.new())
        form = OrderForm(typed)
        if answered is None:
            form.full_clean()
            form.errors.clear()
        else:
            for field, errors in answered.errors.items():
                if field not in form.errors:
                    form.errors[field] = errors
        return form
    return OrderForm(initial={"key": ids.new(), "method": "", **hidden})


def _is_key(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _methods(form: OrderForm, balance: Money | None, quote: Quote | None) -> list[dict[str, object]]:
    """Return the ways to pay, each with what there is to say about it; nothing where there is nothing to pay."""
    if quote is None or not quote.total:
        return []
    covers = balance is not None and balance.currency == quote.total.currency and balance >= quote.total
    fallback = Method.CARD if card.names() else Method.TRANSFER
    chosen = form["method"].value() or (Method.PREPAID if covers else fallback)
    icons = {Method.PREPAID: "wallet", Method.CARD: "credit-card", Method.TRANSFER: "landmark"}
    subs = {
        Method.PREPAID: _("Paid at once from the balance.") if covers else _("The balance does not cover this order."),
        Method.CARD: _("On the page of the card company."),
        Method.TRANSFER: _("You get our account and a reference. We start when the money has come."),
    }
    order = [Method.TRANSFER]
    if card.names():
        order.insert(0, Method.CARD)
    if balance is not None:
        order.insert(0, Method.PREPAID)
    return [
        {
            "value": method.value,
            "label": method.label,
            "icon": icons[method],
            "sub": subs[method],
            "aside": balance if method is Method.PREPAID else None,
            "is_chosen": chosen == method and (method is not Method.PREPAID or covers),
            "is_disabled": method is Method.PREPAID and not covers,
        }
        for method in order
    ]


def _after(request: HttpRequest, placed: Placed, method: Method | None, *, at: datetime) -> HttpResponse:
    key = ids.parse(Organization.prefix, placed.organization)
    if key is None:
        raise Http404
    tenancy.enter(key)
    order = Order.objects.by_public_id(placed.order).get()
    if order.is_open and method is Method.CARD:
        return gateways.to_card_page(request, placed.organization, order, at=at)
    return redirect("order", org=placed.organization, ord=placed.order)
