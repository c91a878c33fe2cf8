"""Membership: who belongs to an organization, and with which rights."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations import events
from plancia.organizations.models import Membership, Organization, ProductRight, TeamMember
from plancia.organizations.roles import MAY_HAVE_BILLING, Role
from plancia.outbox import facts


class AlreadyMember(Refusal):
    """A user is a member once."""

    code = "already_member"
    sentence = _("%(email)s is already a member.")
    field = "email"


class OwnersOnly(Refusal):
    """Making, changing and ending owners and partners is the owners' own."""

    code = "owners_only"
    sentence = _("Only an owner can do this.")


class LastOwner(Refusal):
    """An organization always has an owner who can come in. The database refuses it too."""

    code = "last_owner"
    sentence = _("%(name)s is the last owner. Make somebody else an owner first.")


class NotYourself(Refusal):
    """Who blocks herself could not undo it."""

    code = "not_yourself"
    sentence = _("You cannot block yourself. You can leave the organization.")


class AlreadyBlocked(Refusal):
    """Blocking a blocked member changes nothing."""

    code = "already_blocked"
    sentence = _("%(name)s is blocked already.")


class NotBlocked(Refusal):
    """Who is not blocked cannot be let in again."""

    code = "not_blocked"
    sentence = _("%(name)s is not blocked.")


@transaction.atomic
def add(
    *,
    organization_id: UUID,
    user: User,
    role: Role,
    has_billing: bool = False,
    is_partner: bool = False,
    actor: Actor,
    at: datetime,
) -> Membership:
    """
    Make a user a member.

    Raises: AlreadyMember.
    """
    # The organization's row is the lock: two who add the same person at once are served one after the other.
    organization = Organization.objects.locked().get(pk=organization_id)
    if Membership.objects.filter(organization_id=organization_id, user=user).exists():
        raise AlreadyMember(email=user.email)

    membership: Membership = Membership.objects.create(
        organization_id=organization_id,
        user=user,
        role=role,
        has_billing=has_billing,
        is_partner=is_partner,
        joined_at=at,
    )
    trail.record(
        actor,
        "member.joined",
        membership.public_id,
        organization_id=organization_id,
        at=at,
        email=user.email,
        role=role,
        has_billing=has_billing,
        is_partner=is_partner,
    )
    facts.publish(
        events.MemberJoined(
            organization_id=organization_id,
            happened_at=at,
            organization=organization.public_id,
            user=user.public_id,
            role=role,
        )
    )
    return membership


@transaction.atomic
def change(
    *, membership_id: UUID, role: Role, has_billing: bool, may_grant_owner: bool, actor: Actor, at: datetime
) -> Membership:
    """
    Give a member another role, or turn her billing switch, which counts for collaborators only.

    Rights on single products end when a role comes that reaches all of them.

    Raises: OwnersOnly, unless `may_grant_owner`, where an owner or a partner is made, changed or ended; LastOwner.
    """
    membership = _locked(membership_id)
    is_about_owners = Role.OWNER in (role, membership.role) or membership.is_partner
    if is_about_owners and not may_grant_owner:
        raise OwnersOnly()
    if role is not Role.OWNER:
        _keep_an_owner(membership)

    before = Role(membership.role)
    membership.role, membership.has_billing = role, has_billing and role in MAY_HAVE_BILLING
    membership.save(update_fields=["role", "has_billing"])
    if role.sees_all_products:
        ProductRight.objects.filter(membership=membership).delete()
        TeamMember.objects.filter(membership=membership).delete()
    _record(actor, "member.changed", membership, at=at, before=before, role=role, has_billing=membership.has_billing)
    facts.publish(
        events.MemberChanged(
            organization_id=membership.organization_id,
            happened_at=at,
            organization=membership.organization.public_id,
            user=membership.user.public_id,
            role=role,
            has_billing=membership.has_billing,
        )
    )
    return membership


@transaction.atomic
def block(*, membership_id: UUID, may_grant_owner: bool, actor: Actor, at: datetime) -> None:
    """
    Keep a member out until she is let in again; her next request finds nothing.

    Raises: NotYourself; AlreadyBlocked; OwnersOnly; LastOwner.
    """
    membership = _locked(membership_id)
    if membership.user_id == actor.user_id:
        raise NotYourself()
    if membership.blocked_at:
        raise AlreadyBlocked(name=membership.user.name)
    _require_owner_for(membership, may_grant_owner=may_grant_owner)
    _keep_an_owner(membership)

    membership.blocked_at = at
    membership.save(update_fields=["blocked_at"])
    _record(actor, "member.blocked", membership, at=at)
    facts.publish(events.MemberBlocked(**_about(membership, at=at)))


@transaction.atomic
def unblock(*, membership_id: UUID, may_grant_owner: bool, actor: Actor, at: datetime) -> None:
    """
    Let a blocked member in again, with what she had.

    Raises: NotBlocked; OwnersOnly.
    """
    membership = _locked(membership_id)
    if membership.blocked_at is None:
        raise NotBlocked(name=membership.user.name)
    _require_owner_for(membership, may_grant_owner=may_grant_owner)

    membership.blocked_at = None
    membership.save(update_fields=["blocked_at"])
    _record(actor, "member.unblocked", membership, at=at)
    facts.publish(events.MemberUnblocked(**_about(membership, at=at)))


@transaction.atomic
def remove(*, membership_id: UUID, may_grant_owner: bool, actor: Actor, at: datetime) -> None:
    """
    End a membership with all its rights; the next request of who was a member finds nothing.

    Who leaves herself may do so whatever she is, unless she is the last owner.

    Raises: OwnersOnly; LastOwner.
    """
    membership = _locked(membership_id)
    if membership.user_id != actor.user_id:
        _require_owner_for(membership, may_grant_owner=may_grant_owner)
    _keep_an_owner(membership)

    removed = events.MemberRemoved(**_about(membership, at=at))
    _record(actor, "member.removed", membership, at=at, role=membership.role)
    membership.delete()
    facts.publish(removed)


def _locked(membership_id: UUID) -> Membership:
    """Lock the organization first: who changes members waits for who did so a moment before."""
    found: Membership = Membership.objects.select_related("organization", "user").get(pk=membership_id)
    Organization.objects.locked().get(pk=found.organization_id)
    membership: Membership = Membership.objects.locked().select_related("organization", "user").get(pk=membership_id)
    return membership


def _require_owner_for(membership: Membership, *, may_grant_owner: bool) -> None:
    if (membership.role == Role.OWNER or membership.is_partner) and not may_grant_owner:
        raise OwnersOnly()


def _keep_an_owner(membership: Membership) -> None:
    others = Membership.objects.filter(
        organization_id=membership.organization_id, role=Role.OWNER, blocked_at=None
    ).exclude(pk=membership.pk)
    if membership.role == Role.OWNER and membership.blocked_at is None and not others.exists():
        raise LastOwner(name=membership.user.name)


def _record(actor: Actor, action: str, membership: Membership, *, at: datetime, **details: object) -> None:
    trail.record(
        actor,
        action,
        membership.public_id,
        organization_id=membership.organization_id,
        at=at,
        email=membership.user.email,
        **details,
    )


def _about(membership: Membership, *, at: datetime) -> dict[str, Any]:
    return {
        "organization_id": membership.organization_id,
        "happened_at": at,
        "organization": membership.organization.public_id,
        "user": membership.user.public_id,
    }
