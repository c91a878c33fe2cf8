"""Membership: who belongs to an organization, and with which rights."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations import events
from plancia.organizations.models import Membership, Organization, ProductRight
from plancia.organizations.roles import Right, Role
from plancia.outbox import facts


class AlreadyMember(Refusal):
    """A user is a member once."""

    code = "already_member"
    sentence = _("%(email)s is already a member.")
    field = "email"


class GrantNotNeeded(Refusal):
    """Owners and administrators reach every product by their role."""

    code = "grant_not_needed"
    sentence = _("Owners and administrators already have all rights on every product.")


@transaction.atomic
def add(
    *, organization_id: UUID, user: User, role: Role, has_billing: bool = False, actor: Actor, at: datetime
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
        organization_id=organization_id, user=user, role=role, has_billing=has_billing, joined_at=at
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
def grant_product(
    *,
    membership_id: UUID,
    right: Right,
    product_id: UUID | None = None,
    product_type: str = "",
    actor: Actor,
    at: datetime,
) -> ProductRight:
    """
    Give a member a right on one product, or on all products of a type; a grant on the same subject is replaced.

    Raises: GrantNotNeeded, for owners and administrators.
    """
    membership = Membership.objects.locked().get(pk=membership_id)
    if Role(membership.role).sees_all_products:
        raise GrantNotNeeded()

    product_right, _is_new = ProductRight.objects.update_or_create(
        organization_id=membership.organization_id,
        membership=membership,
        product_id=product_id,
        product_type=product_type,
        defaults={"right": right},
    )
    trail.record(
        actor,
        "member.product_granted",
        membership.public_id,
        organization_id=membership.organization_id,
        at=at,
        right=right,
        product=str(product_id or product_type),
    )
    assert isinstance(product_right, ProductRight)
    return product_right
