"""Campaigns, complimentary offers and carts that were left."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.accounts.staffing import Duty
from plancia.backoffice.promotions import queries
from plancia.backoffice.promotions.forms import CampaignForm, CodesForm, GrantForm
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit import asked
from plancia.kit import forms as kit_forms
from plancia.kit.guards import actor, staff_only
from plancia.organizations.models import Organization
from plancia.promotions import campaigns as use_cases
from plancia.promotions import grants as offers
from plancia.promotions.models import Campaign, Grant
from plancia.promotions.states import Standing


@staff_only(Duty.GRANT_OFFERS)
@require_GET
def campaigns(request: HttpRequest) -> HttpResponse:
    """List the campaigns with their use."""
    search = asked.text(request, "q")
    page = queries.campaigns(search=search, page=asked.page(request), at=clock.now())
    return render(request, "staff/promotions/campaigns.html", {"page": page, "search": search})


@staff_only(Duty.GRANT_OFFERS)
@require_http_methods(["GET", "POST"])
def new_campaign(request: HttpRequest) -> HttpResponse:
    """Show the form of a campaign, and start it."""
    form = CampaignForm(request.POST or None, initial={"starts_on": timezone.localdate(), "kind": "percent"})
    if request.method == "POST" and form.is_valid():
        try:
            made = use_cases.start(
                name=form.cleaned_data["name"],
                rules=form.rules,
                code=form.cleaned_data["code"],
                most=form.cleaned_data["most"],
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The campaign is started."))
            return redirect("staff-campaign", campaign=made.public_id)
    return render(request, "staff/promotions/campaign_new.html", {"form": form}, status=422 if form.is_bound else 200)


@staff_only(Duty.GRANT_OFFERS)
@require_GET
def campaign(request: HttpRequest, campaign: str) -> HttpResponse:
    """Show a campaign: its rules, codes, use and revenue."""
    return _campaign_page(request, _campaign(campaign), CodesForm(initial={"number": 100}))


@staff_only(Duty.GRANT_OFFERS)
@require_POST
def make_codes(request: HttpRequest, campaign: str) -> HttpResponse:
    """Make single-use codes for a campaign."""
    found, form = _campaign(campaign), CodesForm(request.POST)
    if form.is_valid():
        try:
            number = use_cases.generate(
                campaign_id=found.pk,
                number=form.cleaned_data["number"],
                prefix=form.cleaned_data["begins_with"],
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("%(number)s codes are made.") % {"number": number})
            return redirect("staff-campaign", campaign=campaign)
    return _campaign_page(request, found, form, status=422)


@staff_only(Duty.GRANT_OFFERS)
@require_GET
def codes_file(request: HttpRequest, campaign: str) -> HttpResponse:
    """Give the codes of a campaign as a file: code, used, of how many."""
    found = _campaign(campaign)
    lines = [["code", "used", "most"], *([text, str(used), most] for text, used, most in use_cases.exported(found))]
    response = StreamingHttpResponse(_as_csv(lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="codes-{found.public_id}.csv"'
    return response  # type: ignore[return-value]  # a response like any other


@staff_only(Duty.GRANT_OFFERS)
@require_POST
def close_campaign(request: HttpRequest, campaign: str) -> HttpResponse:
    """End a campaign now."""
    use_cases.close(campaign_id=_campaign(campaign).pk, actor=actor(request), at=clock.now())
    messages.success(request, _("The campaign is closed. Its codes are refused from now on."))
    return redirect("staff-campaign", campaign=campaign)


@staff_only(Duty.GRANT_OFFERS)
@require_GET
def grants(request: HttpRequest) -> HttpResponse:
    """List the complimentary offers, and what each agent gave away."""
    search, at = asked.text(request, "q"), clock.now()
    standing = request.GET.get("state", "")
    standing = standing if standing in set(Standing) else ""
    context = {
        "page": queries.grants(search=search, standing=standing, page=asked.page(request), at=at),
        "agents": queries.agents(at=at),
        "search": search,
        "state": standing,
        "standings": Standing,
    }
    return render(request, "staff/promotions/grants.html", context)


@staff_only(Duty.GRANT_OFFERS)
@require_http_methods(["GET", "POST"])
def new_grant(request: HttpRequest, organization: str) -> HttpResponse:
    """Show the form of a complimentary offer for an organization, and give it."""
    found = Organization.objects.by_public_id(organization).first()
    if found is None:
        raise Http404
    form = GrantForm(request.POST or None, currency=found.currency)
    at = clock.now()
    if request.method == "POST" and form.is_valid():
        product_type, plan = form.chosen
        try:
            offers.give(
                organization_id=found.pk,
                product_type=product_type,
                plan=plan,
                months=form.cleaned_data["months"],
                terms=form.cleaned_data["terms"],
                budget=form.worth,
                reason=form.cleaned_data["reason"],
                expires_at=form.expires_at,
                actor=actor(request),
                at=at,
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The complimentary offer is given."))
            return redirect("staff-grants")
    context = {
        "organization": found,
        "form": form,
        "left": offers.left_to_give(actor(request).user_id, currency=found.currency, at=at),
    }
    return render(request, "staff/promotions/grant_new.html", context, status=422 if form.is_bound else 200)


@staff_only(Duty.GRANT_OFFERS)
@require_POST
def withdraw_grant(request: HttpRequest, grant: str) -> HttpResponse:
    """Take a complimentary offer back."""
    found = Grant.objects.by_public_id(grant).first()
    if found is None:
        raise Http404
    offers.withdraw(grant_id=found.pk, actor=actor(request), at=clock.now())
    messages.success(request, _("The complimentary offer is taken back."))
    return redirect("staff-grants")


@staff_only(Duty.GRANT_OFFERS)
@require_GET
def carts(request: HttpRequest) -> HttpResponse:
    """List the carts that were left with something in them."""
    page = queries.carts(page=asked.page(request), at=clock.now())
    return render(request, "staff/promotions/carts.html", {"page": page})


def _campaign(public_id: str) -> Campaign:
    found: Campaign | None = Campaign.objects.by_public_id(public_id).first()
    if found is None:
        raise Http404
    return found


def _campaign_page(request: HttpRequest, found: Campaign, form: CodesForm, status: int = 200) -> HttpResponse:
    at = clock.now()
    codes = list(found.codes.order_by("pk")[:3])
    context = {
        "campaign": found,
        "gives": queries.gives(found),
        "codes": codes,
        "number": found.codes.count(),
        "income": queries.income(found),
        "page": queries.uses(found, page=asked.page(request)),
        "is_running": not found.closed_at and found.starts_at <= at and (not found.ends_at or at < found.ends_at),
        "form": form,
    }
    return render(request, "staff/promotions/campaign.html", context, status=status)


class _Echo:
    def write(self, line: str) -> str:
        return line


def _as_csv(lines: list[list[str]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    for line in lines:
        yield writer.writerow(line)
