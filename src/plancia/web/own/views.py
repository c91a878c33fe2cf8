"""One's organizations: the settings of one, all of them, a further one, and those of one's clients."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from plancia.accounts import second_factor
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, SignedInRequest, actor, guarded, signed_in
from plancia.organizations import editing, founding, queries
from plancia.organizations.roles import Permission
from plancia.organizations.states import Kind
from plancia.subscriptions import clients as client_queries
from plancia.subscriptions import queries as product_queries
from plancia.web import asked
from plancia.web.own.forms import NewOrganizationForm, OrganizationForm, SecondFactorForm, initial


@guarded(Permission.EDIT_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def my_organization(request: MemberRequest, org: str) -> HttpResponse:
    """Show and change who the organization is, where, and how it is written to."""
    organization = request.access.organization
    form = OrganizationForm(request.POST or None, initial=initial(organization))
    if request.method == "POST" and form.is_valid():
        try:
            editing.edit(
                organization_id=organization.pk,
                draft=form.draft,
                holds_products=bool(product_queries.counts_by_type(organization.pk, request.access)),
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The organization is changed. Documents issued before stay as they are."))
            return redirect("my-organization", org=org)
    context = {"form": form, "organization": organization}
    return render(request, "organization/settings.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.EDIT_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def security_policy(request: MemberRequest, org: str) -> HttpResponse:
    """Show and change what the organization asks of its members' sign-in."""
    organization = request.access.organization
    begin = {
        "is_required": organization.second_factor_required_at is not None,
        "grace_days": organization.second_factor_grace_days,
    }
    form = SecondFactorForm(request.POST or None, initial=begin)
    if request.method == "POST" and form.is_valid():
        editing.require_second_factor(
            organization_id=organization.pk,
            grace_days=form.cleaned_data["grace_days"] if form.cleaned_data["is_required"] else None,
            actor=actor(request),
            at=clock.now(),
        )
        messages.success(request, _("The security policy is changed."))
        return redirect("security-policy", org=org)
    context = {
        "form": form,
        "lacking": queries.without_second_factor(organization.pk),
        "has_own": second_factor.is_on(request.user.pk),
    }
    return render(request, "organization/security.html", context, status=422 if form.is_bound else 200)


@signed_in
@require_GET
def organizations(request: SignedInRequest) -> HttpResponse:
    """List the organizations that one may switch to, found by name."""
    search = asked.text(request, "q")
    page = queries.organizations_page(request.user.pk, search=search, page=asked.page(request))
    return render(request, "organization/list.html", {"page": page, "search": search})


@signed_in
@require_http_methods(["GET", "POST"])
def new_organization(request: SignedInRequest) -> HttpResponse:
    """Found a further organization, with the one who asks as its owner."""
    begin = {"kind": Kind.COMPANY, "language": get_language(), "billing_email": request.user.email, "country": "CH"}
    form = NewOrganizationForm(request.POST or None, initial=begin)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            founded = founding.found(
                user=request.user,
                kind=Kind(typed["kind"]),
                legal_name=typed["name"],
                street=typed["street"],
                house_number=typed["house_number"],
                postcode=typed["postcode"],
                city=typed["city"],
                country=typed["country"],
                billing_email=typed["billing_email"],
                vat_number=typed["vat_number"],
                language=typed["language"],
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("%(name)s is ready.") % {"name": founded.name})
            return redirect("organization", org=founded.public_id)
    return render(request, "organization/new.html", {"form": form}, status=422 if form.is_bound else 200)


@signed_in
@require_GET
def clients(request: SignedInRequest) -> HttpResponse:
    """List the organizations that one works for as a partner, with what is due, expiring or broken there."""
    search = asked.text(request, "q")
    page = client_queries.clients(request.user.pk, search=search, page=asked.page(request), at=clock.now())
    return render(request, "organization/clients.html", {"page": page, "search": search})
