"""Promo codes and complimentary offers on the page of checkout, and offers beside the lines of the cart."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plancia.kernel import clock, tenancy
from plancia.kernel.refusals import Refusal
from plancia.kit import guards
from plancia.organizations.models import Organization
from plancia.promotions.models import Grant
from plancia.shop import applying, offers, queries
from plancia.shop import cart as carts
from plancia.shop import checkout as shop
from plancia.shop.applying import Appraisal
from plancia.shop.offers import Ending
from plancia.shop.pricing import QuoteLine
from plancia.web import asked
from plancia.web.shop import visitor
from plancia.web.shop.forms import CodeForm

if TYPE_CHECKING:
    from plancia.web.shop.checkout import Desk

#: What the drop-down beside a line is called, before the line's id.
OFFER = "offer-"
_REMOVAL = "without-code:"


def answer(request: HttpRequest, desk: Desk, step: str, *, at: datetime) -> bool:
    """
    Do what a press on the page of checkout asks about discounts; return whether nothing was refused.

    Whatever was pressed: a code that stands in its field is applied, and the drop-downs count as they are shown.
    """
    if step.startswith(_REMOVAL):
        try:
            applying.remove_code(cart_id=desk.cart.pk, line=step.removeprefix(_REMOVAL), at=at)
        except carts.LineGone as refusal:
            messages.warning(request, str(refusal))
        return True
    _choose_offers(request, desk, at=at)
    form = desk.code_form = CodeForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["code"].strip():
        return form.is_valid()
    return _apply(request, desk, form, at=at)


def _apply(request: HttpRequest, desk: Desk, form: CodeForm, *, at: datetime) -> bool:
    buyer = desk.buyer
    if buyer is None:
        form.add_error("code", _("Please complete the billing address first: a code may depend on it."))
        return False
    try:
        line = applying.apply_code(
            cart_id=desk.cart.pk, text=form.cleaned_data["code"], buyer=shop.buyer_for(buyer, desk.user), at=at
        )
    except Refusal as refusal:
        form.add_error("code", str(refusal))
        return False
    code = line.code.text if line.code else ""
    messages.success(request, _("The code %(code)s is applied to: %(name)s.") % {"code": code, "name": line.plan.title})
    desk.code_form = CodeForm()
    return True


def _choose_offers(request: HttpRequest, desk: Desk, *, at: datetime) -> None:
    if desk.payer is None:
        return
    for line in applying.contents(desk.cart):
        chosen = request.POST.get(OFFER + line.public_id)
        present = "" if line.grant_id is None else Grant(pk=line.grant_id).public_id
        if chosen is not None and chosen != present:
            try:
                applying.choose_offer(
                    cart_id=desk.cart.pk, line=line.public_id, grant=chosen, organization_id=desk.payer.pk, at=at
                )
            except Refusal as refusal:
                messages.warning(request, str(refusal))


def ending(appraisal: Appraisal, priced: QuoteLine, *, at: datetime) -> Ending | None:
    """Return what follows the free terms of a line, where a complimentary offer is used for it."""
    if appraisal.grant is None:
        return None
    return offers.ending(appraisal.grant, priced.net + priced.discount, appraisal.line.months, at=at)


@require_POST
@guards.signed_in
def choose(request: guards.SignedInRequest, line: str) -> HttpResponse:
    """Use a complimentary offer for a line of the cart, or none."""
    return _about_line(request, line, applying.choose_offer)


@require_POST
@guards.signed_in
def mend(request: guards.SignedInRequest, line: str) -> HttpResponse:
    """Make a line what a complimentary offer is for, or the cart its organization's, and use the offer."""
    return _about_line(request, line, offers.mend)


def _about_line(request: guards.SignedInRequest, line: str, act: object) -> HttpResponse:
    at = clock.now()
    found = visitor.cart(request)
    payer = _payer(request, request.POST.get("payer", ""))
    following = asked.following(request, otherwise=reverse("cart"))
    if found is None or payer is None:
        messages.warning(request, str(carts.LineGone()))
        return redirect("cart")
    tenancy.enter(payer.pk)
    carts.choose_payer(cart_id=found.pk, payer=payer.public_id)
    try:
        act(  # type: ignore[operator]  # one of the two use cases above
            cart_id=found.pk, line=line, grant=request.POST.get("grant", ""), organization_id=payer.pk, at=at
        )
    except Refusal as refusal:
        messages.warning(request, str(refusal))
    else:
        if request.POST.get("grant"):
            messages.success(request, _("The complimentary offer of %(name)s is used.") % {"name": payer.name})
    return redirect(following)


def _payer(request: guards.SignedInRequest, wanted: str) -> Organization | None:
    return next((one for one in queries.payers(request.user.pk) if one.public_id == wanted), None)
