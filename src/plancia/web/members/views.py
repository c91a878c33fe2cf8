"""Members of an organization, and what roles may do."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise

from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations import queries
from plancia.organizations.roles import BILLING, GRANTS, MAY_HAVE_BILLING, Permission, Role


@dataclass(frozen=True, slots=True)
class GrantRow:
    """A line of the table of roles: for each role “yes”, “billing” (with the switch) or “” (no)."""

    name: str | Promise
    answers: tuple[str, ...]


@guarded(Permission.SEE_MEMBERS)
def members(request: MemberRequest, org: str) -> HttpResponse:
    """List the members, and explain the roles from the table that grants them."""
    return render(
        request,
        "members/list.html",
        {
            "members": queries.members(request.access.organization.pk),
            "membership": request.access.membership_id,
            "roles": [role.label for role in Role],
            "grants": grants(),
        },
    )


def grants() -> list[GrantRow]:
    """Return what each role may do, permission by permission."""
    return [GrantRow(one.label, tuple(_answer(role, one) for role in Role)) for one in Permission]


def _answer(role: Role, permission: Permission) -> str:
    if permission in GRANTS[role]:
        return "yes"
    return "billing" if role in MAY_HAVE_BILLING and permission in BILLING else ""
