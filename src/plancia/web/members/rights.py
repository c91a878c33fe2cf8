"""The editor of rights, of a member and of a team alike."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from plancia.kernel import clock
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations import granting
from plancia.organizations.granting import Holder
from plancia.organizations.models import Team
from plancia.organizations.roles import Permission, Right, Role
from plancia.web.members import holders, views
from plancia.web.teams.views import find as find_team


@guarded(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def member_rights(request: MemberRequest, org: str, mem: str) -> HttpResponse:
    """Edit what a member may do with products; who reaches all of them by her role has nothing to edit."""
    found = views.find(request, mem)
    if Role(found.role).sees_all_products:
        raise Http404
    url = reverse("member", kwargs={"org": org, "mem": mem})
    return _editor(request, found, name=found.user.name, url=url)


@guarded(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def team_rights(request: MemberRequest, org: str, tea: str) -> HttpResponse:
    """Edit what the members of a team may do with products."""
    found = find_team(request, tea)
    return _editor(request, found, name=found.name, url=reverse("team", kwargs={"org": org, "tea": tea}))


def _editor(request: MemberRequest, holder: Holder, *, name: str, url: str) -> HttpResponse:
    is_by_type = request.GET.get("by") == "type"
    shown, status = holders.editor(request, holder, is_by_type=is_by_type), 200
    if request.method == "POST":
        at = clock.now()
        wanted, shown = holders.typed(request, shown, at=at)
        if not shown.is_refused:
            changed = granting.settle(holder=holder, wanted=wanted, actor=actor(request), at=at)
            messages.success(request, _("Rights changed: %(count)d.") % {"count": changed})
            return redirect(request.get_full_path())
        status = 422
    context = {
        "name": name,
        "back": url,
        "is_team": isinstance(holder, Team),
        "is_by_type": is_by_type,
        "editor": shown,
        "page": shown.page,
        "rights": [(right.value, right.label) for right in Right],
        "search": request.GET.get("q", "")[:100],
    }
    return render(request, "members/rights.html", context, status=status)
