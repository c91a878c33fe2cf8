"""What organizations and members can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Func, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, JSONObject, Lower

from plancia.kernel import ids
from plancia.organizations.access import Access, GrantedRight
from plancia.organizations.models import Membership, Organization, ProductRight
from plancia.organizations.roles import Permission, Right, Role, granted


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization in the picker."""

    public_id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member on the members page."""

    public_id: str
    name: str
    email: str
    initials: str
    role: Role
    has_billing: bool
    product_rights: int
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to write to, in her language."""

    email: str
    name: str
    language: str


def access(user_id: UUID, organization_public_id: str) -> Access | None:
    """
    Return what a user may do in an organization, or None where it is none of hers.

    One query, and no tenant is needed: the policies let a user see her own memberships.
    """
    organization_id = ids.parse(Organization.prefix, organization_public_id)
    if organization_id is None:
        return None
    membership = _entering(user_id).filter(organization_id=organization_id).first()
    return _access(membership) if membership else None


def entrance(user_id: UUID, organization_public_id: str) -> tuple[Access | None, list[OrganizationRow]]:
    """
    Return what `access` does, and all organizations of the user by name, for the picker; and enter the tenant.

    One query where there would be three, because every page of the console asks it: `app.org` is set by the row of the
    membership itself, so that nobody enters where she is no member.
    """
    wanted = ids.parse(Organization.prefix, organization_public_id)
    if wanted is None:
        return None, []
    memberships = list(
        _entering(user_id)
        .annotate(entered=Case(When(organization_id=wanted, then=_ENTER), default=Value(""), output_field=TextField()))
        .order_by(Lower("organization__name"), "organization_id")
    )
    found = next((one for one in memberships if one.organization_id == wanted), None)
    rows = [OrganizationRow(one.organization.public_id, one.organization.name, Role(one.role)) for one in memberships]
    return (_access(found) if found else None), rows


_ENTER = Func(
    Value("app.org"),
    Cast("organization_id", TextField()),
    Value(True),
    function="set_config",
    output_field=TextField(),
)


def _entering(user_id: UUID) -> QuerySet[Membership]:
    rights = ProductRight.objects.filter(membership=OuterRef("pk")).values(
        json=JSONObject(product="product_id", type="product_type", right="right")
    )
    found: QuerySet[Membership] = Membership.objects.filter(user_id=user_id).select_related("organization")
    return found.annotate(granted_rights=ArraySubquery(rights))


def _access(membership: Membership) -> Access:
    rights: list[dict[str, str]] = membership.granted_rights  # type: ignore[attr-defined]  # see _entering
    return Access(
        organization=membership.organization,
        membership_id=membership.pk,
        user_id=membership.user_id,
        role=Role(membership.role),
        has_billing=membership.has_billing,
        product_rights=tuple(
            GrantedRight(
                Right(row["right"]),
                product_id=UUID(row["product"]) if row["product"] else None,
                product_type=row["type"],
            )
            for row in rights
        ),
    )


def organizations_of(user_id: UUID) -> list[OrganizationRow]:
    """Return the organizations of a user, by name."""
    memberships = (
        Membership.objects.filter(user_id=user_id)
        .order_by(Lower("organization__name"), "organization_id")
        .values_list("organization_id", "organization__name", "role")
    )
    return [OrganizationRow(ids.public(Organization.prefix, key), name, Role(role)) for key, name, role in memberships]


def members(organization_id: UUID) -> list[MemberRow]:
    """Return the members of an organization: owners first, then by name."""
    granted_rights = ProductRight.objects.filter(membership=OuterRef("pk")).values("pk")
    memberships = (
        Membership.objects.filter(organization_id=organization_id)
        .select_related("user")
        .annotate(granted_rights=ArraySubquery(granted_rights))
    )
    ranks = list(Role)
    return [
        MemberRow(
            public_id=membership.public_id,
            name=membership.user.name,
            email=membership.user.email,
            initials=membership.user.initials,
            role=Role(membership.role),
            has_billing=Permission.SEE_BILLING in granted(Role(membership.role), has_billing=membership.has_billing),
            product_rights=len(membership.granted_rights),
            joined_at=membership.joined_at,
        )
        for membership in sorted(
            memberships,
            key=lambda one: (ranks.index(Role(one.role)), one.user.name.casefold(), one.pk),
        )
    ]


def who_minds_billing(organization_id: UUID) -> list[Recipient]:
    """
    Return whom to write to about money: the billing address, and the members who see billing by their role or switch.

    Nobody is named twice; the billing address is written to in the organization's language.
    """
    organization = Organization.objects.get(pk=organization_id)
    memberships = Membership.objects.filter(organization_id=organization_id, user__is_active=True).select_related(
        "user"
    )
    recipients: dict[str, Recipient] = {}
    for membership in memberships.order_by("joined_at", "pk"):
        if Permission.SEE_BILLING in granted(Role(membership.role), has_billing=membership.has_billing):
            user = membership.user
            recipients[user.email.lower()] = Recipient(user.email, user.name, user.language)
    if organization.billing_email:
        recipients.setdefault(
            organization.billing_email.lower(),
            Recipient(organization.billing_email, organization.recipient, organization.language),
        )
    return list(recipients.values())


def who_administers(organization_id: UUID) -> list[Recipient]:
    """Return the owners and administrators of an organization, who are told of all that ends."""
    memberships = Membership.objects.filter(
        organization_id=organization_id, user__is_active=True, role__in=[Role.OWNER, Role.ADMINISTRATOR]
    )
    return [
        Recipient(membership.user.email, membership.user.name, membership.user.language)
        for membership in memberships.select_related("user").order_by("joined_at", "pk")
    ]
