"""Teams: who is in them, and what they may do with products."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations import queries
from plancia.organizations import teams as use_cases
from plancia.organizations.models import Membership, Team
from plancia.organizations.roles import SEE_ALL_PRODUCTS, Permission
from plancia.web import asked
from plancia.web.members import holders
from plancia.web.members.forms import TeamForm


@guarded(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def teams(request: MemberRequest, org: str) -> HttpResponse:
    """List the teams, and form a new one."""
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            team = use_cases.form(
                organization_id=request.access.organization.pk,
                name=form.cleaned_data["name"],
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            return redirect("team", org=org, tea=team.public_id)
    context = {"teams": queries.teams(request.access.organization.pk), "form": form}
    return render(request, "teams/list.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def team(request: MemberRequest, org: str, tea: str) -> HttpResponse:
    """Show a team: its members and what they may do through it; and give it another name."""
    found = find(request, tea)
    form = TeamForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        try:
            use_cases.rename(team_id=found.pk, name=form.cleaned_data["name"], actor=actor(request), at=clock.now())
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The team is renamed."))
            return redirect("team", org=org, tea=tea)
    context = {
        "team": found,
        "form": form,
        "members": queries.people_of(found),
        "effective": holders.effective(request, found),
        "search": asked.text(request, "q"),
    }
    return render(request, "teams/team.html", context, status=422 if form.is_bound else 200)


@guarded(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def team_members(request: MemberRequest, org: str, tea: str) -> HttpResponse:
    """Show who could be in a team, and let exactly the ticked ones be in it."""
    found = find(request, tea)
    if request.method == "POST":
        ticked = [ids.parse(Membership.prefix, text) for text in request.POST.getlist("member")]
        use_cases.man(
            team_id=found.pk, membership_ids=[key for key in ticked if key], actor=actor(request), at=clock.now()
        )
        messages.success(request, _("The members of the team are changed."))
        return redirect("team", org=org, tea=tea)
    return render(request, "teams/members.html", {"team": found, "candidates": _candidates(found)})


@guarded(Permission.MANAGE_MEMBERS)
@require_POST
def team_removal(request: MemberRequest, org: str, tea: str) -> HttpResponse:
    """Dissolve a team."""
    found = find(request, tea)
    use_cases.dissolve(team_id=found.pk, actor=actor(request), at=clock.now())
    messages.success(request, _("The team %(name)s is dissolved.") % {"name": found.name})
    return redirect("teams", org=org)


def find(request: MemberRequest, tea: str) -> Team:
    """Return the team that a URL names, of this organization."""
    found = queries.team(request.access.organization.pk, tea)
    if found is None:
        raise Http404
    return found


def _candidates(team: Team) -> list[tuple[str, str, str, bool]]:
    """Who may be in the team: public id, name, address, and whether she is."""
    inside = set(team.members.values_list("membership", flat=True))
    members = Membership.objects.filter(organization_id=team.organization_id).exclude(role__in=SEE_ALL_PRODUCTS)
    found = [
        (one.public_id, one.user.name, one.user.email, one.pk in inside)
        for one in members.select_related("user").order_by("user__first_name", "user__last_name", "pk")
    ]
    return sorted(found, key=lambda one: not one[3])
