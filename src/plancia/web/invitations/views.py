"""Invitations, as who invites sees them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations import invitations as use_cases
from plancia.organizations import offers, queries
from plancia.organizations.models import Invitation, Team
from plancia.organizations.roles import Permission
from plancia.subscriptions import queries as product_queries
from plancia.subscriptions.models import Subscription
from plancia.web import asked, shell
from plancia.web.invitations.forms import InvitationForm, OfferForm

#: So many single products are offered with an invitation; the editor of rights knows them all.
PRODUCTS = 100


@guarded(Permission.MANAGE_MEMBERS)
@require_GET
def invitations(request: MemberRequest, org: str) -> HttpResponse:
    """List the invitations, newest first."""
    page = queries.invitations(request.access.organization.pk, page=asked.page(request), at=clock.now())
    return render(request, "invitations/list.html", {"page": page})


@guarded(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def new_invitation(request: MemberRequest, org: str) -> HttpResponse:
    """Ask whom to invite, and to what, and send the mail."""
    initial = {
        "language": request.access.organization.language,
        "role": asked.text(request, "role") or "collaborator",
        "email": asked.text(request, "email"),
    }
    form = InvitationForm(request.POST or None, initial=initial, **_choices(request))
    if request.method == "POST" and form.is_valid():
        try:
            sent = use_cases.invite(
                organization_id=request.access.organization.pk,
                email=form.cleaned_data["email"],
                first_name=form.cleaned_data["first_name"],
                last_name=form.cleaned_data["last_name"],
                language=form.cleaned_data["language"],
                offer=form.offer,
                may_grant_owner=request.access.may(Permission.GRANT_OWNER),
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The invitation goes to %(email)s.") % {"email": sent.email})
            return redirect("invitations", org=org)
    return render(request, "invitations/new.html", {"form": form}, status=422 if form.is_bound else 200)


@guarded(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def invitation(request: MemberRequest, org: str, ivt: str) -> HttpResponse:
    """Show an open invitation, and change what it gives."""
    found = _find(request, ivt)
    form = OfferForm(request.POST or None, initial=_initial(found), **_choices(request))
    if request.method == "POST" and form.is_valid():
        try:
            use_cases.change(
                invitation_id=found.pk,
                language=form.cleaned_data["language"],
                offer=form.offer,
                may_grant_owner=request.access.may(Permission.GRANT_OWNER),
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The invitation is changed."))
            return redirect("invitations", org=org)
    context = {"invitation": found, "form": form, "is_expired": found.expires_at <= clock.now()}
    return render(request, "invitations/invitation.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.MANAGE_MEMBERS)
@require_POST
def invitation_sending(request: MemberRequest, org: str, ivt: str) -> HttpResponse:
    """Send an invitation again."""
    sent = use_cases.resend(invitation_id=_find(request, ivt).pk, actor=actor(request), at=clock.now())
    messages.success(request, _("The invitation goes to %(email)s.") % {"email": sent.email})
    return redirect("invitations", org=org)


@guarded(Permission.MANAGE_MEMBERS)
@require_POST
def invitation_cancellation(request: MemberRequest, org: str, ivt: str) -> HttpResponse:
    """Take an invitation back."""
    use_cases.cancel(invitation_id=_find(request, ivt).pk, actor=actor(request), at=clock.now())
    messages.success(request, _("The invitation is cancelled."))
    return redirect("invitations", org=org)


def _find(request: MemberRequest, ivt: str) -> Invitation:
    found: Invitation | None = (
        Invitation.objects.by_public_id(ivt).filter(organization_id=request.access.organization.pk).first()
    )
    if found is None:
        raise Http404
    return found


def _choices(request: MemberRequest) -> dict[str, Any]:
    organization = request.access.organization
    kinds = [kind for category in shell.contents(request).categories for kind in category.types]
    products = product_queries.products(
        organization.pk, request.access, size=PRODUCTS, at=clock.now(), contents=shell.contents(request)
    )
    return {
        "may_grant_owner": request.access.may(Permission.GRANT_OWNER),
        "teams": queries.teams(organization.pk),
        "types": [(kind.code, kind.name) for kind in kinds],
        "products": [(row.public_id, row.name) for row in products],
    }


def _initial(found: Invitation) -> dict[str, Any]:
    offer = offers.offer_of(found)
    return {
        "language": found.language,
        "role": offer.role,
        "has_billing": offer.has_billing,
        "is_partner": offer.is_partner,
        "right": offer.rights[0][1].right if offer.rights else None,
        "teams": [ids.public(Team.prefix, key) for key in offer.teams],
        "types": [subject.product_type for subject, _grant in offer.rights if subject.product_type],
        "products": [
            ids.public(Subscription.prefix, subject.product_id)
            for subject, _grant in offer.rights
            if subject.product_id
        ],
    }
