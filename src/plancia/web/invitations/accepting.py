"""The page behind the link of an invitation."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from plancia.accounts import addresses
from plancia.kernel import clock, tenancy
from plancia.kernel.refusals import Refusal
from plancia.kit.guards import SAFE_METHODS, actor, open_to_all, to_sign_in
from plancia.organizations import invitations, offers, queries
from plancia.organizations.models import Invitation
from plancia.organizations.roles import Role

#: The link cannot be used any more, and never again: "gone".
_GONE = 410
_CONFLICTS = {"invitation_changed": 409, "wrong_account": 403, "already_member": 409}


@dataclass(frozen=True, slots=True)
class OfferRow:
    """What the page says about an invitation."""

    organization: str
    name: str
    address: str
    role: str | Promise
    is_partner: bool
    has_billing: bool
    invited_by: str
    rights: int
    fingerprint: str


@open_to_all
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """Say who invites to what, and let the person accept; say why, where the link leads nowhere."""
    at, user = clock.now(), request.user
    try:
        if request.method not in SAFE_METHODS:
            if not user.is_authenticated:
                return to_sign_in(request)
            seen = request.POST.get("seen", "")
            joined = invitations.accept(token=token, user=user, seen=seen, actor=actor(request), at=at)
            messages.success(request, _("Welcome! You are a member now."))
            return redirect("organization", org=queries.public_id_of(joined.organization_id))
        invitation = invitations.look(token=token, at=at)
    except Refusal as refusal:
        status = _CONFLICTS.get(refusal.code, _GONE)
        told = {"sentence": str(refusal), "code": refusal.code, "path": request.path}
        return render(request, "invitations/refused.html", told, status=status)
    context: dict[str, object] = {"row": _row(invitation), "path": request.path}
    if user.is_authenticated:
        matches = addresses.belongs_to(user.pk, invitation.email)
        context["is_other"] = settings.INVITATION_ADDRESS_MATCHES and not matches
        context["member_of"] = next(
            (one for one in queries.organizations_of(user.pk) if one.public_id == invitation.organization.public_id),
            None,
        )
    return render(request, "invitations/accept.html", context)


@open_to_all
@require_POST
def other_account(request: HttpRequest, token: str) -> HttpResponse:
    """Sign out, and in again with the account that was invited."""
    logout(request)
    return redirect_to_login(reverse("invitation-accept", kwargs={"token": token}))


def _row(invitation: Invitation) -> OfferRow:
    with tenancy.within(invitation.organization_id):
        return OfferRow(
            organization=invitation.organization.name,
            name=f"{invitation.first_name} {invitation.last_name}".strip(),
            address=invitations.masked(invitation.email),
            role=Role(invitation.role).label,
            is_partner=invitation.is_partner,
            has_billing=invitation.has_billing,
            invited_by=invitation.invited_by_name,
            rights=len(invitation.rights) + len(invitation.teams),
            fingerprint=offers.fingerprint(invitation),
        )
