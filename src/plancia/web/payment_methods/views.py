"""Payment methods: the list, saving one, which is charged by default, and giving one up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from plancia.kernel import clock
from plancia.kernel.money import Money
from plancia.kit import guards
from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations.roles import Permission
from plancia.payments import gateways, profiles
from plancia.payments.methods import Method
from plancia.payments.models import Profile
from plancia.payments.states import ProfileState
from plancia.wallet import prepaid
from plancia.web import departures

ICONS = {Method.PREPAID: "wallet", Method.CARD: "credit-card", Method.PAYPAL: "badge-cent"}


@dataclass(frozen=True, slots=True)
class ProfileRow:
    """A payment method as the page shows it."""

    public_id: str
    name: str
    icon: str
    is_prepaid: bool
    is_default: bool
    expires_on: date | None
    is_expired: bool
    is_expiring: bool
    balance: Money | None


@require_safe
@guarded(Permission.SEE_BILLING)
def payment_methods(request: MemberRequest, org: str) -> HttpResponse:
    """Show what can be charged without asking again, what by default, and what expires."""
    organization = request.access.organization
    today = localdate(clock.now())
    ready = profiles.ready(organization.pk)
    has_default = any(profile.is_default for profile in ready)
    rows = [
        _row(profile, today, has_default, prepaid.balance(organization) if profile.method == Method.PREPAID else None)
        for profile in ready
    ]
    context = {
        "rows": rows,
        "org": org,
        "may_pay": request.access.may(Permission.PAY),
        # A PayPal account is saved with a payment, not alone.
        "methods": [method for method in (Method.CARD,) if gateways.names(method)],
        "is_saving": "saving" in request.GET and _is_saving(request),
    }
    return departures.let_forms_lead_to_the_gateway(render(request, "payment_methods/list.html", context))


@require_POST
@guarded(Permission.PAY)
def new(request: MemberRequest, org: str) -> HttpResponse:
    """Begin to save a card, on the gateway's page. A PayPal account is saved with a payment."""
    method = request.POST.get("method", "")
    if method != Method.CARD:
        raise Http404
    profile = profiles.start(
        organization_id=request.access.organization.pk,
        method=Method(method),
        actor=guards.actor(request),
        at=clock.now(),
    )
    return departures.to_saving(
        request, profile, back=f"{reverse('payment-methods', kwargs={'org': org})}?saving={profile.public_id}"
    )


@require_POST
@guarded(Permission.PAY)
def make_default(request: MemberRequest, org: str, ppf: str) -> HttpResponse:
    """Charge a payment method where nothing else was chosen."""
    profile = profiles.make_default(profile_id=_found(ppf).pk, actor=guards.actor(request), at=clock.now())
    messages.success(request, _("%(name)s is used from now on where you chose nothing else.") % {"name": profile.name})
    return redirect("payment-methods", org=org)


@require_http_methods(["GET", "HEAD", "POST"])
@guarded(Permission.PAY)
def removal(request: MemberRequest, org: str, ppf: str) -> HttpResponse:
    """Ask before a payment method is given up, and give it up."""
    profile = _found(ppf)
    if request.method == "POST":
        profiles.remove(profile_id=profile.pk, actor=guards.actor(request), at=clock.now())
        messages.success(request, _("%(name)s is removed. It is not charged any more.") % {"name": profile.name})
        return redirect("payment-methods", org=org)
    if profile.method == Method.PREPAID:
        raise profiles.PrepaidStays
    return render(request, "payment_methods/removal.html", {"profile": profile, "org": org})


def _found(public_id: str) -> Profile:
    profile: Profile | None = Profile.objects.by_public_id(public_id).exclude(state=ProfileState.REMOVED).first()
    if profile is None:
        raise Http404
    return profile


def _is_saving(request: MemberRequest) -> bool:
    """Say whether the gateway has not told yet that what the customer comes from is saved."""
    asked = Profile.objects.by_public_id(request.GET["saving"][:60]).first()
    return asked is not None and asked.state == ProfileState.PENDING


def _row(profile: Profile, today: date, has_default: bool, balance: Money | None) -> ProfileRow:
    is_prepaid = profile.method == Method.PREPAID
    is_expired = profile.is_expired(today)
    return ProfileRow(
        public_id=profile.public_id,
        name=profile.name,
        icon=ICONS[Method(profile.method)],
        is_prepaid=is_prepaid,
        is_default=profile.is_default or (is_prepaid and not has_default),
        expires_on=profile.expires_on,
        is_expired=is_expired,
        is_expiring=not is_expired and profile.is_expired(today + profiles.EXPIRY_WARNING),
        balance=balance,
    )
