"""The renewal of one product, auto-renewal of many, and the promise to pay."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations.roles import Permission, Right
from plancia.payments import profiles
from plancia.payments.models import Profile
from plancia.subscriptions import auto_renewal, collection, dunning, outlook
from plancia.subscriptions import queries as product_queries
from plancia.subscriptions.models import Subscription
from plancia.web import asked, shell


class PromiseForm(forms.Form):
    """The day on which an invoice will be paid."""

    promised_on = forms.DateField(
        label=gettext_lazy("I will pay on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


@require_safe
@guarded(Permission.SEE_BILLING)
def renewal(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Show how a product is renewed: by itself or not, when, with what, what was tried, and what follows unpaid."""
    return _renewal(request, _found(request, sub))


@require_POST
@guarded(Permission.PAY)
def switch(request: MemberRequest, org: str, sub: str) -> HttpResponse:
    """Let one product renew itself, or stop it."""
    found = _found(request, sub)
    is_renewing = request.POST.get("on") == "1"
    auto_renewal.switch(
        subscription_ids=[found.pk],
        is_renewing=is_renewing,
        profile_id=_profile(request),
        actor=actor(request),
        at=clock.now(),
    )
    said = (
        _("%(name)s renews by itself from now on.") if is_renewing else _("%(name)s does not renew by itself any more.")
    )
    messages.success(request, said % {"name": found.name})
    return redirect(asked.following(request, otherwise="") or "product-renewal", org=org, sub=sub)


@require_safe
@guarded(Permission.SEE_BILLING)
def auto_renewals(request: MemberRequest, org: str) -> HttpResponse:
    """List the products with how each is renewed, to switch many at once."""
    organization = request.access.organization
    page = product_queries.products(
        organization.pk,
        request.access,
        search=asked.text(request, "q"),
        page=asked.page(request),
        at=clock.now(),
        contents=shell.contents(request),
    )
    context = {
        "page": page,
        "search": asked.text(request, "q"),
        "profiles": profiles.ready(organization.pk),
        "is_grouping": auto_renewal.is_grouping(organization.pk),
        "may_pay": request.access.may(Permission.PAY),
    }
    return render(request, "renewals/list.html", context)


@require_POST
@guarded(Permission.PAY)
def switch_many(request: MemberRequest, org: str) -> HttpResponse:
    """Let the products that are ticked renew themselves, or stop it."""
    keys = [key for text in request.POST.getlist("pick")[:500] if (key := ids.parse(Subscription.prefix, text))]
    mine = Subscription.objects.filter(organization=request.access.organization, pk__in=keys)
    found = [
        key
        for key, kind in mine.values_list("pk", "product_type")
        if request.access.may_product(key, kind, Right.MANAGE)
    ]
    changed = auto_renewal.switch(
        subscription_ids=found,
        is_renewing=request.POST.get("on") == "1",
        profile_id=_profile(request),
        actor=actor(request),
        at=clock.now(),
    )
    messages.success(
        request,
        ngettext("%(number)d product changed.", "%(number)d products changed.", changed) % {"number": changed},
    )
    return redirect("auto-renewals", org=org)


@require_POST
@guarded(Permission.PAY)
def group(request: MemberRequest, org: str) -> HttpResponse:
    """Have renewals billed together, or each by itself."""
    is_grouping = request.POST.get("grouping") == "1"
    auto_renewal.group(
        organization_id=request.access.organization.pk, is_grouping=is_grouping, actor=actor(request), at=clock.now()
    )
    messages.success(request, _("Saved."))
    return redirect("auto-renewals", org=org)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Permission.PAY)
def promise(request: MemberRequest, org: str, inv: str) -> HttpResponse:
    """Show what follows while an invoice is unpaid, and note when it will be paid."""
    at = clock.now()
    key = ids.parse(Invoice.prefix, inv)
    mine = Invoice.objects.filter(organization=request.access.organization).select_related("organization")
    invoice: Invoice | None = mine.filter(pk=key).first() if key else None
    if invoice is None or invoice.state != InvoiceState.OPEN or invoice.is_credit_note:
        raise Http404
    form = PromiseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            dunning.promise(
                invoice_id=invoice.pk, promised_on=form.cleaned_data["promised_on"], actor=actor(request), at=at
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("Thank you. Until then we do not remind you, and nothing is restricted."))
            return redirect("invoice-promise", org=org, inv=inv)
    promised = dunning.promise_of(invoice.public_id)
    context = {
        "invoice": invoice,
        "form": form,
        "steps": dunning.steps(invoice, promised=promised, at=at),
        "promised": promised,
        "last": dunning.last_promise(invoice, at=at),
    }
    return render(request, "renewals/promise.html", context, status=422 if form.is_bound else 200)


def _renewal(request: MemberRequest, found: Subscription) -> HttpResponse:
    at = clock.now()
    prospect = auto_renewal.prospect(found, at=at)
    return render(
        request,
        "renewals/product.html",
        {
            "product": found,
            "prospect": prospect,
            "next_step": outlook.next_step(found, at=at),
            "steps": auto_renewal.timeline_of(found, at=at),
            "attempts": collection.attempts(found.pk),
            "profiles": profiles.ready(found.organization_id),
            "may_pay": request.access.may(Permission.PAY),
        },
    )


def _found(request: MemberRequest, sub: str) -> Subscription:
    key = ids.parse(Subscription.prefix, sub)
    found: Subscription | None = (
        Subscription.objects.filter(organization=request.access.organization, pk=key)
        .select_related("plan__product_type", "price", "organization", "discount")
        .first()
        if key
        else None
    )
    if found is None or not request.access.may_product(found.pk, found.product_type, Right.VIEW):
        raise Http404
    request.product_type = found.product_type  # type: ignore[attr-defined]  # the side menu marks its type
    return found


def _profile(request: MemberRequest) -> UUID | None:
    return ids.parse(Profile.prefix, request.POST.get("profile", ""))
