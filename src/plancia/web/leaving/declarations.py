"""The public form by which a contract is ended, and the consumer's withdrawal from a new one."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from plancia.kernel import clock, transaction
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded, open_to_all
from plancia.leaving import declarations, withdrawal
from plancia.leaving.declarations import Kind
from plancia.organizations.roles import Permission, Right
from plancia.subscriptions import queries as product_queries
from plancia.web.errors import too_many
from plancia.web.leaving.forms import DeclarationForm, WithdrawalForm


@open_to_all
@require_http_methods(["GET", "POST"])
def declare(request: HttpRequest) -> HttpResponse:
    """Show the form that ends a contract without signing in, and answer it with a receipt that says the time."""
    form = DeclarationForm(request.POST or None, initial=_known(request))
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="declaration"):
            return too_many(request)
        made = declarations.declare(
            kind=Kind(form.cleaned_data["kind"]),
            name=form.cleaned_data["name"],
            email=form.cleaned_data["email"],
            product=form.cleaned_data["product"],
            reason=form.cleaned_data["reason"],
            language=get_language() or "en",
            at=clock.now(),
        )
        label = Kind(made.kind).label
        return render(request, "cancellations/declared.html", {"declaration": made, "kind": label})
    return render(request, "cancellations/declare.html", {"form": form}, status=422 if form.is_bound else 200)


@guarded(Permission.CANCEL_PRODUCTS)
@require_http_methods(["GET", "POST"])
def withdraw(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Take a new contract back: say what comes back, ask once, and confirm with the time."""
    at = clock.now()
    access = request.access
    found = product_queries.product(access.organization.pk, access, sub, at=at)
    if found is None or not access.may_product(found.id, found.type_code, Right.MANAGE):
        raise Http404
    last = withdrawal.until_after(found.ordered_at, access.organization)
    form = WithdrawalForm(request.POST or None, initial={"name": request.user.name, "email": request.user.email})
    context = {"product": found, "form": form, "until": last, "is_possible": last is not None and at < last}
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():
                paid_back = withdrawal.withdraw(
                    subscription_id=found.id,
                    email=form.cleaned_data["email"],
                    language=get_language() or "en",
                    actor=actor(request),
                    at=at,
                )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            return render(request, "cancellations/withdrawn.html", {**context, "paid_back": paid_back, "at": at})
    return render(request, "cancellations/withdraw.html", context, status=422 if form.is_bound else 200)


def _known(request: HttpRequest) -> dict[str, str]:
    product = request.GET.get("product", "").replace("\0", "")[:253]
    if request.user.is_authenticated:
        return {"name": request.user.name, "email": request.user.email, "product": product}
    return {"product": product}
