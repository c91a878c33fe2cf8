"""Members of an organization: who they are, their role, and the end of their membership."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import MemberRequest, actor, guarded
from plancia.organizations import membership, queries
from plancia.organizations.models import Membership
from plancia.organizations.roles import MAY_HAVE_BILLING, Permission, Role
from plancia.web import asked
from plancia.web.members import holders
from plancia.web.members.forms import RoleForm


@guarded(Permission.SEE_MEMBERS)
@require_GET
def members(request: MemberRequest, org: str) -> HttpResponse:
    """List the members."""
    search = asked.text(request, "q")
    context = {
        "page": queries.members_page(request.access.organization.pk, search=search, page=asked.page(request)),
        "search": search,
        "membership": request.access.membership_id,
    }
    return render(request, "members/list.html", context)


@guarded(Permission.MANAGE_MEMBERS)
@require_GET
def member(request: MemberRequest, org: str, mem: str) -> HttpResponse:
    """Show a member: her role, her teams, and what she may do with each product, and why."""
    return _member_page(request, find(request, mem))


@guarded(Permission.MANAGE_MEMBERS)
@require_POST
def member_role(request: MemberRequest, org: str, mem: str) -> HttpResponse:
    """Give a member another role, or turn her billing switch."""
    found = find(request, mem)
    form = RoleForm(request.POST, may_grant_owner=_may_grant_owner(request))
    if not form.is_valid():
        return _member_page(request, found, form=form, status=422)
    try:
        membership.change(
            membership_id=found.pk,
            role=Role(form.cleaned_data["role"]),
            has_billing=form.cleaned_data["has_billing"],
            may_grant_owner=_may_grant_owner(request),
            actor=actor(request),
            at=clock.now(),
        )
    except Refusal as refusal:
        kit_forms.tell(form, refusal)
        return _member_page(request, found, form=form, status=409)
    messages.success(request, _("The role of %(name)s is changed.") % {"name": found.user.name})
    if found.pk == request.access.membership_id:
        return redirect("organization", org=org)
    return redirect("member", org=org, mem=mem)


@guarded(Permission.MANAGE_MEMBERS)
@require_POST
def member_block(request: MemberRequest, org: str, mem: str) -> HttpResponse:
    """Keep a member out, from her next request on."""
    found = find(request, mem)
    membership.block(
        membership_id=found.pk, may_grant_owner=_may_grant_owner(request), actor=actor(request), at=clock.now()
    )
    messages.success(request, _("%(name)s is blocked.") % {"name": found.user.name})
    return redirect("member", org=org, mem=mem)


@guarded(Permission.MANAGE_MEMBERS)
@require_POST
def member_unblock(request: MemberRequest, org: str, mem: str) -> HttpResponse:
    """Let a blocked member in again."""
    found = find(request, mem)
    membership.unblock(
        membership_id=found.pk, may_grant_owner=_may_grant_owner(request), actor=actor(request), at=clock.now()
    )
    messages.success(request, _("%(name)s may come in again.") % {"name": found.user.name})
    return redirect("member", org=org, mem=mem)


@guarded(Permission.MANAGE_MEMBERS)
@require_http_methods(["GET", "POST"])
def member_removal(request: MemberRequest, org: str, mem: str) -> HttpResponse:
    """Say what ends with a membership, and end it."""
    found = find(request, mem)
    if request.method == "POST":
        _end(request, found)
        messages.success(request, _("%(name)s is a member no more.") % {"name": found.user.name})
        return redirect("members", org=org)
    return render(request, "members/removal.html", {"member": found, "is_self": False})


@guarded(Permission.VIEW_ORGANIZATION)
@require_http_methods(["GET", "POST"])
def leaving(request: MemberRequest, org: str) -> HttpResponse:
    """Say what ends when one leaves the organization, and leave it."""
    if request.method == "POST":
        _end(request, Membership.objects.get(pk=request.access.membership_id))
        messages.success(request, _("You left %(name)s.") % {"name": request.access.organization.name})
        return redirect("home")
    return render(request, "members/removal.html", {"is_self": True})


@guarded(Permission.SEE_MEMBERS)
@require_GET
def roles(request: MemberRequest, org: str) -> HttpResponse:
    """Explain the roles from the table that grants them."""
    context = {
        "roles": [role.label for role in Role],
        "product_answers": [role.sees_all_products for role in Role],
        "grants": holders.grants(),
    }
    return render(request, "members/roles.html", context)


def find(request: MemberRequest, mem: str) -> Membership:
    """Return the membership that a URL names, of this organization."""
    found = queries.member(request.access.organization.pk, mem)
    if found is None:
        raise Http404
    return found


def _may_grant_owner(request: MemberRequest) -> bool:
    return request.access.may(Permission.GRANT_OWNER)


def _end(request: MemberRequest, found: Membership) -> None:
    membership.remove(
        membership_id=found.pk, may_grant_owner=_may_grant_owner(request), actor=actor(request), at=clock.now()
    )


def _member_page(
    request: MemberRequest, found: Membership, *, form: RoleForm | None = None, status: int = 200
) -> HttpResponse:
    may_touch = _may_grant_owner(request) or not (found.role == Role.OWNER or found.is_partner)
    context = {
        "member": found,
        "role": Role(found.role),
        "is_self": found.pk == request.access.membership_id,
        "may_touch": may_touch,
        "form": form
        or RoleForm(
            initial={"role": found.role, "has_billing": found.has_billing and found.role in MAY_HAVE_BILLING},
            may_grant_owner=_may_grant_owner(request),
        ),
        "teams": queries.teams_of(found),
        "effective": holders.effective(request, found),
        "search": asked.text(request, "q"),
    }
    return render(request, "members/member.html", context, status=status)
