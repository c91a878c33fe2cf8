"""What staff read about users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from plancia.accounts.models import User
from plancia.kernel import ids, pages
from plancia.kernel.pages import Page
from plancia.organizations.models import Membership
from plancia.organizations.roles import Role


@dataclass(frozen=True, slots=True)
class UserRow:
    id: str
    name: str
    email: str
    is_staff: bool
    is_active: bool
    joined_at: datetime


def users(*, search: str, page: int) -> Page[UserRow]:
    """Return the users, newest first; each word is looked for in names, addresses and the names of organizations."""
    found = User.objects.order_by("-joined_at", "-pk")
    if key := ids.parse(User.prefix, search):
        found = found.filter(pk=key)
    else:
        for word in search.split():
            of_organizations = Membership.objects.filter(organization__name__icontains=word).values("user")
            found = found.filter(
                Q(email__icontains=word)
                | Q(first_name__icontains=word)
                | Q(last_name__icontains=word)
                | Q(pk__in=of_organizations)
            )
    return pages.page_of(
        found,
        lambda one: UserRow(one.public_id, one.name, one.email, one.is_staff, one.is_active, one.joined_at),
        number=page,
    )


@dataclass(frozen=True, slots=True)
class MembershipRow:
    organization: str
    name: str
    role: Role
    is_blocked: bool
    is_partner: bool


def memberships(user: User) -> list[MembershipRow]:
    """Return the organizations of a user, by name; a hundred at the most."""
    found = Membership.objects.filter(user=user).select_related("organization")
    return [
        MembershipRow(
            one.organization.public_id,
            one.organization.name,
            Role(one.role),
            one.blocked_at is not None,
            one.is_partner,
        )
        for one in found.order_by("organization__name", "pk")[:100]
    ]
