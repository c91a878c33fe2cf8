"""Teams: named groups of members with rights on products."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Membership, Organization, Team, TeamMember
from plancia.organizations.roles import SEE_ALL_PRODUCTS


class TeamNameTaken(Refusal):
    """Two teams of one name could not be told apart."""

    code = "team_name_taken"
    sentence = _("There is a team called “%(name)s” already.")
    field = "name"


class TeamNameMissing(Refusal):
    """A team is known by its name."""

    code = "team_name_missing"
    sentence = _("Please give the team a name.")
    field = "name"


@transaction.atomic
def form(*, organization_id: UUID, name: str, actor: Actor, at: datetime) -> Team:
    """
    Form a team, without members and rights.

    Raises: TeamNameMissing; TeamNameTaken.
    """
    Organization.objects.locked().get(pk=organization_id)
    tidied = _free_name(organization_id, name)
    team: Team = Team.objects.create(organization_id=organization_id, name=tidied, created_at=at)
    trail.record(actor, "team.formed", team.public_id, organization_id=organization_id, at=at, team=tidied)
    return team


@transaction.atomic
def rename(*, team_id: UUID, name: str, actor: Actor, at: datetime) -> Team:
    """
    Give a team another name.

    Raises: TeamNameMissing; TeamNameTaken.
    """
    team = _locked(team_id)
    before, team.name = team.name, _free_name(team.organization_id, name, but=team.pk)
    team.save(update_fields=["name"])
    trail.record(
        actor,
        "team.renamed",
        team.public_id,
        organization_id=team.organization_id,
        at=at,
        before=before,
        team=team.name,
    )
    return team


@transaction.atomic
def man(*, team_id: UUID, membership_ids: Collection[UUID], actor: Actor, at: datetime) -> int:
    """
    Let exactly these members be in a team; who reaches every product by her role is left out.

    Returns how many came or went; each is recorded.
    """
    team = _locked(team_id)
    members = Membership.objects.filter(organization_id=team.organization_id).exclude(role__in=SEE_ALL_PRODUCTS)
    wanted = {one.pk: one for one in members.filter(pk__in=membership_ids).select_related("user")}
    present = {
        one.membership_id: one for one in TeamMember.objects.filter(team=team).select_related("membership__user")
    }
    for key in wanted.keys() - present.keys():
        TeamMember.objects.create(organization_id=team.organization_id, team=team, membership_id=key)
        _record(team, "team.member_added", wanted[key], actor=actor, at=at)
    for key in present.keys() - wanted.keys():
        _record(team, "team.member_removed", present[key].membership, actor=actor, at=at)
        present[key].delete()
    return len(wanted.keys() ^ present.keys())


@transaction.atomic
def dissolve(*, team_id: UUID, actor: Actor, at: datetime) -> None:
    """Dissolve a team; what it granted ends."""
    team = _locked(team_id)
    trail.record(actor, "team.dissolved", team.public_id, organization_id=team.organization_id, at=at, team=team.name)
    team.delete()


def _locked(team_id: UUID) -> Team:
    found: Team = Team.objects.get(pk=team_id)
    Organization.objects.locked().get(pk=found.organization_id)
    team: Team = Team.objects.locked().get(pk=team_id)
    return team


def _free_name(organization_id: UUID, name: str, *, but: UUID | None = None) -> str:
    tidied = " ".join(name.split())
    if not tidied:
        raise TeamNameMissing()
    same = Team.objects.filter(organization_id=organization_id, name__iexact=tidied)
    if (same.exclude(pk=but) if but else same).exists():
        raise TeamNameTaken(name=tidied)
    return tidied


def _record(team: Team, action: str, membership: Membership, *, actor: Actor, at: datetime) -> None:
    trail.record(
        actor,
        action,
        team.public_id,
        organization_id=team.organization_id,
        at=at,
        team=team.name,
        email=membership.user.email,
    )
