"""What organizations and members can be asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Func, IntegerField, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, Lower, NullIf, Trim

from plancia.accounts import second_factor
from plancia.kernel import clock, ids, pages
from plancia.kernel.pages import Page
from plancia.kernel.prepared import prepared
from plancia.organizations.access import Access, GrantedRight, Look
from plancia.organizations.effective import HeldRight
from plancia.organizations.granting import Subject
from plancia.organizations.models import Invitation, Membership, Organization, ProductRight, Team, TeamMember
from plancia.organizations.roles import Permission, Right, Role, granted


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization in the picker."""

    public_id: str
    name: str
    role: Role
    is_partner: bool = False


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
    is_partner: bool = False
    blocked_at: datetime | None = None
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to write to, in her language."""

    email: str
    name: str
    language: str


def access(user_id: UUID, organization_public_id: str, *, at: datetime) -> Access | None:
    """
    Return what a user may do in an organization, or None where it is none of hers.

    One query, and no tenant is needed: the policies let a user see her own memberships.
    """
    organization_id = ids.parse(Organization.prefix, organization_public_id)
    if organization_id is None:
        return None
    membership = _entering(user_id, organization_id, at=at).filter(organization_id=organization_id).first()
    return _access(membership) if membership else None


def entrance(
    user_id: UUID, organization_public_id: str, *, at: datetime
) -> tuple[Access | None, list[OrganizationRow]]:
    """
    Return what `access` does, and all organizations of the user by name, for the picker; and enter the tenant.

    One query where there would be three, because every page of the console asks it: `app.org` is set by the row of the
    membership itself, so that nobody enters where she is no member.
    """
    wanted = ids.parse(Organization.prefix, organization_public_id)
    if wanted is None:
        return None, []
    memberships = _entered(user_id=user_id, wanted=wanted, at=at)
    found = next((one for one in memberships if one.organization_id == wanted), None)
    rows = [
        OrganizationRow(one.organization.public_id, one.organization.name, Role(one.role), one.is_partner)
        for one in memberships
    ]
    return (_access(found) if found else None), rows


_ENTER = Func(
    Value("app.org"),
    Cast("organization_id", TextField()),
    Value(True),
    function="set_config",
    output_field=TextField(),
)


@prepared
def _entered(*, user_id: UUID, wanted: UUID, at: datetime) -> QuerySet[Membership]:
    entered = Case(When(organization_id=wanted, then=_ENTER), default=Value(""), output_field=TextField())
    memberships = _entering(user_id, wanted, at=at).annotate(entered=entered)
    return memberships.order_by(Lower("organization__name"), "organization_id")


def _entering(user_id: UUID, wanted: UUID, *, at: datetime) -> QuerySet[Membership]:
    """Memberships that let in; with rights, one's own and those of teams, for the organization that is wanted only."""
    rights = ProductRight.objects.filter(
        Q(membership=OuterRef("pk"))
        | Q(team__in=TeamMember.objects.filter(membership=OuterRef(OuterRef("pk"))).values("team")),
        Q(expires_at=None) | Q(expires_at__gt=at),
    ).values(json=JSONObject(product="product_id", type="product_type", right="right"))
    found: QuerySet[Membership] = Membership.objects.filter(user_id=user_id, blocked_at=None)
    return found.select_related("organization").annotate(
        granted_rights=Case(When(organization_id=wanted, then=ArraySubquery(rights)), default=None)
    )


def access_of_member(organization_id: UUID, membership_id: UUID, *, look: Look, at: datetime) -> Access | None:
    """Return what a member may do, for somebody of the staff who looks at what she sees. The tenant is entered."""
    found = Membership.objects.filter(pk=membership_id, organization_id=organization_id).first()
    if found is None:
        return None
    membership = _entering(found.user_id, organization_id, at=at).filter(pk=membership_id).first()
    return replace(_access(membership), look=look, second_factor_due_at=None) if membership else None


def _access(membership: Membership) -> Access:
    rights: list[dict[str, str]] | None = membership.granted_rights  # type: ignore[attr-defined]  # see _entering
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
            for row in rights or ()
        ),
        second_factor_due_at=_second_factor_due(membership),
    )


def _second_factor_due(membership: Membership) -> datetime | None:
    organization = membership.organization
    if organization.second_factor_required_at is None:
        return None
    begun_at = max(organization.second_factor_required_at, membership.joined_at)
    return begun_at + clock.days(organization.second_factor_grace_days)


def organizations_of(user_id: UUID) -> list[OrganizationRow]:
    """Return the organizations of a user, by name."""
    memberships = (
        Membership.objects.filter(user_id=user_id, blocked_at=None)
        .order_by(Lower("organization__name"), "organization_id")
        .values_list("organization_id", "organization__name", "role")
    )
    return [OrganizationRow(ids.public(Organization.prefix, key), name, Role(role)) for key, name, role in memberships]


@dataclass(frozen=True, slots=True)
class OwnRow:
    """One of a user's organizations, in the list of all."""

    key: UUID
    public_id: str
    name: str
    role: Role
    is_partner: bool


def organizations_page(
    user_id: UUID, *, search: str = "", page: int = 1, is_partner: bool | None = None
) -> Page[OwnRow]:
    """Return a page of a user's organizations, by name; those of her clients, where `is_partner`. Two queries."""
    found = Membership.objects.filter(user_id=user_id, blocked_at=None).select_related("organization")
    if is_partner is not None:
        found = found.filter(is_partner=is_partner)
    if search:
        found = found.filter(organization__name__icontains=search)
    return pages.page_of(
        found.order_by(Lower("organization__name"), "organization_id"),
        lambda one: OwnRow(
            one.organization_id, one.organization.public_id, one.organization.name, Role(one.role), one.is_partner
        ),
        number=page,
    )


def without_second_factor(organization_id: UUID) -> list[str]:
    """Return the names of the members who have no second factor yet. One query."""
    lacking = Membership.objects.filter(organization_id=organization_id, blocked_at=None).exclude(
        user__in=second_factor.holders()
    )
    return [one.user.name for one in lacking.select_related("user").order_by("user__email")]


def members(organization_id: UUID) -> list[MemberRow]:
    """Return all members of an organization: owners first, then by name."""
    return [_member_row(one) for one in _ranked(Membership.objects.filter(organization_id=organization_id))]


def members_page(organization_id: UUID, *, search: str = "", page: int = 1) -> Page[MemberRow]:
    """Return a page of the members, owners first, then by name; found by name or address. Two queries."""
    found = Membership.objects.filter(organization_id=organization_id)
    for word in search.split():
        found = found.filter(
            Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word) | Q(user__email__icontains=word)
        )
    return pages.page_of(_ranked(found), _member_row, number=page)


def _ranked(found: QuerySet[Membership]) -> QuerySet[Membership]:
    rights = ProductRight.objects.filter(membership=OuterRef("pk")).values("pk")
    teams = TeamMember.objects.filter(membership=OuterRef("pk")).order_by("team__name").values("team__name")
    rank = Case(*(When(role=role, then=Value(place)) for place, role in enumerate(Role)), output_field=IntegerField())
    return (
        found.select_related("user")
        .annotate(granted_rights=ArraySubquery(rights), team_names=ArraySubquery(teams), rank=rank)
        .order_by("rank", Lower("user__first_name"), Lower("user__last_name"), "user__email", "pk")
    )


def _member_row(membership: Membership) -> MemberRow:
    row, role = membership.__dict__, Role(membership.role)  # annotated by _ranked
    return MemberRow(
        public_id=membership.public_id,
        name=membership.user.name,
        email=membership.user.email,
        initials=membership.user.initials,
        role=role,
        has_billing=Permission.SEE_BILLING in granted(role, has_billing=membership.has_billing),
        product_rights=len(row["granted_rights"]),
        joined_at=membership.joined_at,
        is_partner=membership.is_partner,
        blocked_at=membership.blocked_at,
        teams=tuple(row["team_names"]),
    )


def member(organization_id: UUID, public_id: str) -> Membership | None:
    """Return a membership with its user, or None where there is none such here. One query, which `teams_of` reads."""
    teams = TeamMember.objects.filter(membership=OuterRef("pk")).order_by(Lower("team__name"))
    found = Membership.objects.by_public_id(public_id).filter(organization_id=organization_id)
    named = ArraySubquery(teams.values(json=JSONObject(id="team_id", name="team__name")))
    return cast("Membership | None", found.select_related("user").annotate(team_rows=named).first())


def teams_of(membership: Membership) -> list[tuple[str, str]]:
    """Return the teams that a member is in, by name: public id and name, as `member` has read them."""
    rows: list[dict[str, str]] = membership.__dict__["team_rows"]
    return [(ids.public(Team.prefix, UUID(row["id"])), row["name"]) for row in rows]


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team in the list of teams."""

    public_id: str
    name: str
    members: int
    product_rights: int


def teams(organization_id: UUID) -> list[TeamRow]:
    """Return the teams of an organization, by name. One query."""
    found = Team.objects.filter(organization_id=organization_id).annotate(
        members_now=Count("members", distinct=True), rights_now=Count("product_rights", distinct=True)
    )
    return [
        TeamRow(team.public_id, team.name, team.members_now, team.rights_now)
        for team in found.order_by(Lower("name"), "pk")
    ]


def team(organization_id: UUID, public_id: str) -> Team | None:
    """Return a team, or None where there is none such here. One query, which `people_of` reads."""
    people = TeamMember.objects.filter(team=OuterRef("pk")).order_by(
        "membership__user__first_name", "membership__user__last_name", "pk"
    )
    named = people.annotate(
        name=Trim(Concat("membership__user__first_name", Value(" "), "membership__user__last_name"))
    ).values(text=Coalesce(NullIf("name", Value("")), "membership__user__email", output_field=TextField()))
    found: QuerySet[Team] = Team.objects.by_public_id(public_id).filter(organization_id=organization_id)
    return found.annotate(people=ArraySubquery(named)).first()


def people_of(team: Team) -> list[str]:
    """Return the names of a team's members, as `team` has read them."""
    names: list[str] = team.__dict__["people"]
    return names


def held_rights(holder: Membership | Team, *, at: datetime) -> list[HeldRight]:
    """Return the rights that count now: of a team, or of a member, her own and (with `team`) her teams'. One query."""
    found = ProductRight.objects.filter(Q(expires_at=None) | Q(expires_at__gt=at)).select_related("team")
    if isinstance(holder, Team):
        found = found.filter(team=holder)
    else:
        teams_of_hers = TeamMember.objects.filter(membership=holder).values("team")
        found = found.filter(Q(membership=holder) | Q(team__in=teams_of_hers))
    return [
        HeldRight(
            Subject(row.product_id, row.product_type),
            Right(row.right),
            row.expires_at,
            team=row.team.name if row.team and row.team != holder else "",
        )
        for row in found.order_by("pk")
    ]


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An invitation in the list; `state` is open, expired, accepted or cancelled."""

    public_id: str
    name: str
    email: str
    role: Role
    is_partner: bool
    state: str
    invited_by: str
    sent_at: datetime
    expires_at: datetime


def invitations(organization_id: UUID, *, page: int, at: datetime) -> Page[InvitationRow]:
    """Return a page of the invitations, newest first. Two queries."""
    found = Invitation.objects.filter(organization_id=organization_id).order_by("-sent_at", "-pk")
    return pages.page_of(
        found,
        lambda one: InvitationRow(
            public_id=one.public_id,
            name=one.name,
            email=one.email,
            role=Role(one.role),
            is_partner=one.is_partner,
            state=_invitation_state(one, at=at),
            invited_by=one.invited_by_name,
            sent_at=one.sent_at,
            expires_at=one.expires_at,
        ),
        number=page,
    )


def _invitation_state(invitation: Invitation, *, at: datetime) -> str:
    if invitation.accepted_at:
        return "accepted"
    if invitation.cancelled_at:
        return "cancelled"
    return "open" if invitation.expires_at > at else "expired"


def public_id_of(organization_id: UUID) -> str:
    """Return how an organization is named outside."""
    return ids.public(Organization.prefix, organization_id)


def who_minds_billing(organization_id: UUID) -> list[Recipient]:
    """
    Return whom to write to about money: the billing address, and the members who see billing by their role or switch.

    Nobody is named twice; the billing address is written to in the organization's language.
    """
    organization = Organization.objects.get(pk=organization_id)
    memberships = Membership.objects.filter(
        organization_id=organization_id, user__is_active=True, blocked_at=None
    ).select_related("user")
    recipients: dict[str, Recipient] = {}
    for membership in memberships.order_by("joined_at", "pk"):
        if Permission.SEE_BILLING in granted(Role(membership.role), has_billing=membership.has_billing):
            user = membership.user
            recipients[user.email.lower()] = Recipient(user.email, user.name, user.language)
    for address in (organization.billing_email, *organization.more_billing_emails):
        if address:
            recipients.setdefault(address.lower(), Recipient(address, organization.recipient, organization.language))
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
