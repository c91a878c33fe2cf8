"""The search for domain names: several endings at once, and names that come close."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from plancia.catalog.domain_names import DomainRefused
from plancia.catalog.models import ProductType
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit import asked, guards
from plancia.shop import cart as carts
from plancia.shop import domain_search
from plancia.web.shop import views, visitor


@require_http_methods(["GET", "HEAD", "POST"])
@guards.open_to_all
def domains(request: HttpRequest) -> HttpResponse:
    """Show what of a name is free, and put those that were ticked into the cart."""
    product_type = domain_search.type_with_domains()
    if product_type is None:
        raise Http404
    if request.method == "POST" and _add(request, product_type):
        return redirect("cart")
    currency, at = visitor.currency(request), clock.now()
    text = asked.text(request, "q") or request.POST.get("q", "").replace("\0", "")[: asked.LONGEST].strip()
    refusal, found = "", []
    if text:
        try:
            found = domain_search.search(text, product_type, currency=currency, at=at)
        except DomainRefused as refused:
            refusal = str(refused)
    context = {
        "type": product_type,
        "search": text,
        "refusal": refusal,
        "exact": [one for one in found if not one.is_suggestion],
        "suggested": [one for one in found if one.is_suggestion],
        **views.frame(request, currency),
    }
    return render(request, "shop/domains.html", context, status=422 if refusal or request.method == "POST" else 200)


def _add(request: HttpRequest, product_type: ProductType) -> bool:
    """Put the names that were ticked into the cart; return whether any was."""
    at = clock.now()
    setting = domain_search.setting_of(product_type)
    added = 0
    for ticked in request.POST.getlist("name")[: domain_search.MOST]:
        plan, _slash, rest = ticked.replace("\0", "").partition("/")
        months, _slash, name = rest.partition("/")
        if not (months.isascii() and months.isdigit() and len(months) < 4):
            continue
        cart = visitor.cart_or_new(request, at=at)
        try:
            carts.add(cart_id=cart.pk, plan_code=plan, months=int(months), quantity=1, choices={setting: name}, at=at)
        except Refusal as refusal:
            messages.warning(request, str(refusal))
        else:
            added += 1
    if added:
        words = ngettext("%(number)s name is in your cart.", "%(number)s names are in your cart.", added)
        messages.success(request, words % {"number": added})
    elif not request.POST.getlist("name"):
        messages.warning(request, _("Please tick the names that you want."))
    return added > 0
