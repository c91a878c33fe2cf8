"""Handing products over: choosing them, the report of what would move, the link, and taking them."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.handover import moving, offering, queries
from plancia.handover.models import Handover
from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import SAFE_METHODS, MemberRequest, SignedInRequest, actor, guarded, signed_in
from plancia.organizations import queries as organization_queries
from plancia.organizations.roles import GRANTS, Permission
from plancia.subscriptions import queries as product_queries
from plancia.subscriptions.models import Subscription
from plancia.web import asked, shell
from plancia.web.handover.forms import OfferForm

PAGE_SIZE = 50
_GONE = 410


@guarded(Permission.TRANSFER_PRODUCTS)
@require_GET
def handovers(request: MemberRequest, org: str) -> HttpResponse:
    """List the offers, newest first."""
    page = queries.handovers(request.access.organization.pk, page=asked.page(request), at=clock.now())
    return render(request, "handover/list.html", {"page": page})


@guarded(Permission.TRANSFER_PRODUCTS)
@require_GET
def choice(request: MemberRequest, org: str) -> HttpResponse:
    """Ask which products are to be handed over."""
    search = asked.text(request, "q")
    page = product_queries.products(
        request.access.organization.pk,
        request.access,
        search=search,
        state="active",
        page=asked.page(request),
        size=PAGE_SIZE,
        at=clock.now(),
        contents=shell.contents(request),
    )
    chosen = request.GET.getlist("sub")[:500]
    return render(request, "handover/choice.html", {"page": page, "search": search, "chosen": chosen})


@guarded(Permission.TRANSFER_PRODUCTS)
@require_http_methods(["GET", "POST"])
def new_handover(request: MemberRequest, org: str) -> HttpResponse:
    """Show what would move and what stays, without changing anything; and offer it."""
    at, organization = clock.now(), request.access.organization
    chosen = request.POST.getlist("sub") or request.GET.getlist("sub")
    lines = moving.report(organization.pk, _keys(chosen), at=at)
    if not lines:
        return redirect("handover-choice", org=org)
    form = OfferForm(request.POST or None, initial={"language": organization.language})
    if request.method == "POST" and form.is_valid():
        try:
            made = offering.offer(
                organization_id=organization.pk,
                subscription_ids=[line.id for line in lines],
                email=form.cleaned_data["email"],
                language=form.cleaned_data["language"],
                actor=actor(request),
                at=at,
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            return redirect("handover", org=org, hov=made.public_id)
    context = {"lines": lines, "form": form, "is_free": not any(line.obstacle for line in lines)}
    return render(request, "handover/new.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.TRANSFER_PRODUCTS)
@require_GET
def handover(request: MemberRequest, org: str, hov: str) -> HttpResponse:
    """Show an offer, its link while it is open, and how it stands."""
    found = _find(request, hov)
    state = queries.state_of(found, at=clock.now())
    context = {
        "handover": found,
        "state": state,
        "link": settings.BASE_URL + reverse("handover-accept", kwargs={"token": offering.token(found)}),
        "path": reverse("handover-accept", kwargs={"token": offering.token(found)}),
        "waits": state == "accepted",
    }
    return render(request, "handover/handover.html", context)


@guarded(Permission.TRANSFER_PRODUCTS)
@require_POST
def handover_cancellation(request: MemberRequest, org: str, hov: str) -> HttpResponse:
    """Take an offer back."""
    offering.cancel(handover_id=_find(request, hov).pk, actor=actor(request), at=clock.now())
    messages.success(request, _("The transfer is taken back."))
    return redirect("handover", org=org, hov=hov)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: SignedInRequest, token: str) -> HttpResponse:
    """Show what is offered, and take it for an organization of one's own."""
    at = clock.now()
    receiver = request.POST.get("receiver", "")
    try:
        if request.method not in SAFE_METHODS:
            access = organization_queries.access(request.user.pk, receiver, at=at)
            if access is None:
                raise Http404
            offering.accept(token=token, receiver=access, user=request.user, actor=actor(request), at=at)
            messages.success(request, _("The products are on their way; they are here in a moment."))
            return redirect("products", org=receiver)
        opened = offering.look(token=token, at=at)
    except Refusal as refusal:
        return _refused(request, refusal)
    rows = [
        row
        for row in organization_queries.organizations_of(request.user.pk)
        if Permission.TRANSFER_PRODUCTS in GRANTS[row.role]
        and row.public_id != organization_queries.public_id_of(opened.handover.organization_id)
    ]
    context = {"opened": opened, "rows": rows, "is_free": not any(line.obstacle for line in opened.lines)}
    return render(request, "handover/accept.html", context)


def _refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    status = 422 if refusal.field else _GONE
    context = {"sentence": str(refusal), "path": request.path, "may_try": bool(refusal.field)}
    return render(request, "handover/refused.html", context, status=status)


def _find(request: MemberRequest, hov: str) -> Handover:
    found: Handover | None = (
        Handover.objects.by_public_id(hov).filter(organization_id=request.access.organization.pk).first()
    )
    if found is None:
        raise Http404
    return found


def _keys(chosen: list[str]) -> list[UUID]:
    return [key for text in chosen[:500] if (key := ids.parse(Subscription.prefix, text))]
