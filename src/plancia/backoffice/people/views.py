"""Users: finding them by anything, securing their accounts, and looking at the console as a customer sees it."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.accounts import appointing, second_factor, sessions
from plancia.accounts.models import User
from plancia.accounts.staffing import Duty, StaffRole
from plancia.backoffice.people import queries
from plancia.backoffice.people.forms import ReasonForm, RolesForm
from plancia.kernel import clock, ids
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import actor, staff_only
from plancia.organizations import looking_in, securing
from plancia.organizations import queries as organization_queries
from plancia.organizations.models import Membership, Organization
from plancia.support import access


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def users(request: HttpRequest) -> HttpResponse:
    """List users, found by name, address, id, or anything of an organization of theirs."""
    search = request.GET.get("q", "").replace("\0", "").strip()[:100]
    number = request.GET.get("page", "")
    page = queries.users(search=search, page=int(number) if number.isdecimal() and len(number) < 7 else 1)
    return render(request, "staff/users.html", {"page": page, "search": search})


@staff_only(Duty.SEE_CUSTOMERS)
@require_GET
def user(request: HttpRequest, usr: str) -> HttpResponse:
    """Show a user: organizations, sessions, second factor, and what staff may do for her."""
    return _user_page(request, _find(usr), ReasonForm())


@staff_only(Duty.SECURE_ACCOUNTS)
@require_POST
def end_sessions(request: HttpRequest, usr: str) -> HttpResponse:
    """End all sessions of a user."""
    found, form = _find(usr), ReasonForm(request.POST)
    if not form.is_valid():
        return _user_page(request, found, form, status=422)
    reason = form.cleaned_data["reason"]
    count = securing.end_sessions(user=found, reason=reason, actor=actor(request), at=clock.now())
    messages.success(request, _("Sessions ended: %(count)d.") % {"count": count})
    return redirect("staff-user", usr=usr)


@staff_only(Duty.SECURE_ACCOUNTS)
@require_POST
def require_password(request: HttpRequest, usr: str) -> HttpResponse:
    """Make a user choose a new password."""
    found, form = _find(usr), ReasonForm(request.POST)
    if not form.is_valid():
        return _user_page(request, found, form, status=422)
    reason = form.cleaned_data["reason"]
    securing.require_password(user=found, reason=reason, actor=actor(request), at=clock.now())
    messages.success(request, _("The password no longer counts; “password forgotten” leads back in."))
    return redirect("staff-user", usr=usr)


@staff_only(Duty.MANAGE_STAFF)
@require_POST
def staff_roles(request: HttpRequest, usr: str) -> HttpResponse:
    """Say what somebody of the staff is there for."""
    found, form = _find(usr), RolesForm(request.POST)
    if not found.is_staff:
        raise Http404
    if form.is_valid():
        roles = [StaffRole(role) for role in form.cleaned_data["roles"]]
        agent = request.headers.get("User-Agent", "")
        try:
            appointing.appoint(user_id=found.pk, roles=roles, actor=actor(request), agent=agent, at=clock.now())
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The roles are changed."))
            return redirect("staff-user", usr=usr)
    return _user_page(request, found, ReasonForm(), roles=form, status=422)


@staff_only(Duty.LOOK_IN)
@require_http_methods(["GET", "POST"])
def look_in(request: HttpRequest, organization: str) -> HttpResponse:
    """Ask why, tell the customer's log, and open the console as the customer sees it."""
    found = Organization.objects.by_public_id(organization).first()
    if found is None:
        raise Http404
    form, leave = ReasonForm(request.POST or None), access.current(found.pk, at=clock.now())
    if request.method == "POST" and form.is_valid():
        try:
            looking_in.begin(
                organization_id=found.pk,
                user=cast(User, request.user),
                membership_id=ids.parse(Membership.prefix, request.POST.get("member", "")),
                allowed_until=leave.expires_at if leave else None,
                reason=form.cleaned_data["reason"],
                actor=actor(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            return redirect("organization", org=found.public_id)
    context = {
        "organization": found,
        "members": organization_queries.members(found.pk),
        "form": form,
        "leave": leave,
        "may_look": leave is not None or Duty.LOOK_UNASKED in cast(User, request.user).duties,
    }
    return render(request, "staff/look.html", context, status=422 if form.is_bound else 200)


@staff_only(Duty.LOOK_IN)
@require_POST
def end_look(request: HttpRequest) -> HttpResponse:
    """Stop looking at a customer's console."""
    looking_in.end(user=cast(User, request.user), actor=actor(request), at=clock.now())
    return redirect("staff")


def _find(usr: str) -> User:
    key = ids.parse(User.prefix, usr)
    found = User.objects.filter(pk=key).first() if key else None
    if found is None:
        raise Http404
    return found


def _user_page(
    request: HttpRequest, found: User, form: ReasonForm, *, roles: RolesForm | None = None, status: int = 200
) -> HttpResponse:
    duties = cast(User, request.user).duties
    context: dict[str, object] = {
        "person": found,
        "memberships": queries.memberships(found),
        "sessions": sessions.of(found, current_key=None),
        "has_second_factor": second_factor.is_on(found.pk),
        "may_secure": Duty.SECURE_ACCOUNTS in duties and not found.is_staff,
        "form": form,
        "roles": None,
    }
    if found.is_staff and Duty.MANAGE_STAFF in duties:
        context["roles"] = roles or RolesForm(initial={"roles": found.staff_roles})
        context["changes"] = appointing.changes_of(found.pk)
    return render(request, "staff/user.html", context, status=status)
