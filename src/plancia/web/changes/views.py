"""Change offer: what can be chosen, what it costs before it is done, and doing exactly that."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from plancia.catalog import queries as catalog
from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations.roles import Permission, Right
from plancia.subscriptions import change_quotes, plan_change, selection
from plancia.subscriptions.change_quotes import Quote, QuoteChanged, When, Wish
from plancia.subscriptions.models import Subscription
from plancia.web.changes.forms import ChangeForm
from plancia.web.shop import taxes
from plancia.web.shop.forms import frequency

_SALT = "plancia.change"
_KEYS = UUID("b8f0c1e6-6a3b-4c8e-9d5e-0d9a4f7c2e11")  # names the choice on one quote; any UUID will do


@guarded(Permission.ORDER)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Ask what the product is to become, and show what that costs. Nothing is done yet."""
    return _page(request, _found(request, sub))


@guarded(Permission.ORDER)
@require_POST
def confirm(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Do what was shown; what is to be paid for it first, on the page for that."""
    found, at = _found(request, sub), clock.now()
    said = _said(request)
    if said is None or said["subscription"] != found.public_id:
        return _page(request, found)
    wish = Wish(said["plan"], said["months"], said["quantity"], When(said["when"]))
    quoted_at = datetime.fromisoformat(said["at"])
    try:
        made = change_quotes.require_same(
            said["shown"], subscription_id=found.pk, wish=wish, quoted_at=quoted_at, at=at
        )
        if made.total:
            placed = selection.place_change(
                made=made,
                idempotency_key=uuid5(_KEYS, request.POST["quote"]),
                language=get_language() or made.subscription.organization.language,
            )
            return redirect("selection", org=org, sel=placed.public_id)
        plan_change.carry_out(
            shown=said["shown"],
            subscription_id=found.pk,
            wish=wish,
            quoted_at=quoted_at,
            actor=actor(request),
            at=at,
        )
    except QuoteChanged as refusal:
        return _page(request, found, wish=wish, refusal=refusal)
    messages.success(request, _("The change of %(name)s is noted.") % {"name": found.name})
    return redirect("product", org=org, sub=sub)


@guarded(Permission.ORDER)
@require_POST
def withdraw(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Undo a change that has not taken effect."""
    found = _found(request, sub)
    plan_change.take_back(subscription_id=found.pk, actor=actor(request), at=clock.now())
    messages.success(request, _("%(name)s goes on as it is.") % {"name": found.name})
    return redirect("product", org=org, sub=sub)


def _page(
    request: MemberRequest, found: Subscription, *, wish: Wish | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    at = clock.now()
    plans = change_quotes.choices(found)
    prices = catalog.prices_in_force(plans, currency=found.currency, at=at)
    months = sorted({price.months for price in prices} | {found.months})
    asked = _as_form(wish) if wish else (request.POST if request.method == "POST" else None)
    form = ChangeForm(found, plans, months, asked)
    quote, status = None, 200
    if form.is_bound and form.is_valid():
        try:
            quote = change_quotes.quote(subscription_id=found.pk, wish=form.wish, at=at)
        except Refusal as refused:
            kit_forms.tell(form, refused)
    if refusal:
        messages.warning(request, str(refusal))
        status = 409
    elif form.is_bound and quote is None:
        status = 422
    context = {
        "product": found,
        "form": form,
        "quote": quote,
        "token": _token(quote) if quote else "",
        "story": taxes.story(quote.tax) if quote else None,
        "frequency": frequency(quote.wish.months) if quote else "",
        "present": frequency(found.months),
        "plans": [
            (plan, [(frequency(price.months), price.amount) for price in prices if price.plan_id == plan.pk])
            for plan in plans
        ],
    }
    return render(request, "changes/change.html", context, status=status)


def _found(request: MemberRequest, sub: str) -> Subscription:
    key = ids.parse(Subscription.prefix, sub)
    found: Subscription | None = (
        Subscription.objects.filter(organization=request.access.organization, pk=key)
        .select_related("plan__product_type", "price")
        .first()
        if key
        else None
    )
    if found is None or not request.access.may_product(found.pk, found.product_type, Right.MANAGE):
        raise Http404
    request.product_type = found.product_type  # type: ignore[attr-defined]  # the side menu marks its type
    return found


def _token(quote: Quote) -> str:
    return signing.dumps(
        {
            "subscription": quote.subscription.public_id,
            "plan": quote.wish.plan,
            "months": quote.wish.months,
            "quantity": quote.wish.quantity,
            "when": quote.wish.when.value,
            "at": quote.at.isoformat(),
            "shown": quote.as_json,
        },
        salt=_SALT,
        compress=True,
    )


def _said(request: MemberRequest) -> dict[str, Any] | None:
    try:
        said: dict[str, Any] = signing.loads(request.POST.get("quote", ""), salt=_SALT)
    except signing.BadSignature:
        return None
    return said


def _as_form(wish: Wish) -> dict[str, Any]:
    return {"plan": wish.plan, "months": wish.months, "quantity": wish.quantity, "when": wish.when.value}
