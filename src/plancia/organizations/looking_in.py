"""
Looking in: staff see the console as a customer does, for a reason that the customer can read, and change nothing.

What is seen is what the owner sees, or a member of the organization; it ends by itself after some minutes, and not
later than the customer's leave, where it rests on that. Source: docs/decisions/0111-looking-needs-leave.md
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from plancia.accounts.models import User
from plancia.accounts.staffing import Duty
from plancia.audit import trail
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations import queries
from plancia.organizations.access import Access, Look
from plancia.organizations.models import LookIn, Membership, Organization
from plancia.organizations.roles import Role


class ReasonMissing(Refusal):
    """The customer reads why somebody looked."""

    code = "look_reason_missing"
    sentence = _("Please give a reason of at least %(least)d characters. The customer can read it.")
    field = "reason"


class NotAllowed(Refusal):
    """The customer has not let staff look."""

    code = "look_not_allowed"
    sentence = _("The customer has not let staff look. Ask for it in the request: Settings → Support → Let staff look.")


_LEAST = 10


@transaction.atomic
def begin(
    *,
    organization_id: UUID,
    user: User,
    membership_id: UUID | None,
    allowed_until: datetime | None,
    reason: str,
    actor: Actor,
    at: datetime,
) -> LookIn:
    """
    Let somebody of the staff look at the console of an organization, as its owner or as one of its members sees it.

    `allowed_until` is when the customer's leave ends, None without one. An earlier look of hers ends.

    Raises: ReasonMissing; NotAllowed, without leave, where it is not her duty to look unasked.
    Source: SPEC §9.
    """
    told = " ".join(reason.split())[:500]
    if len(told) < _LEAST:
        raise ReasonMissing(least=_LEAST)
    if allowed_until is None and Duty.LOOK_UNASKED not in user.duties:
        raise NotAllowed
    ends_at = at + timedelta(minutes=settings.LOOK_IN_MINUTES)
    organization = Organization.objects.get(pk=organization_id)
    members = Membership.objects.select_related("user").filter(organization=organization)
    member = members.filter(pk=membership_id).first() if membership_id else None
    LookIn.objects.filter(user=user, ended_at=None).update(ended_at=at)
    look: LookIn = LookIn.objects.create(
        organization=organization,
        user=user,
        membership=member,
        reason=told,
        is_allowed=allowed_until is not None,
        started_at=at,
        ends_at=min(ends_at, allowed_until) if allowed_until else ends_at,
    )
    trail.record(
        actor,
        "staff.looked_in" if look.is_allowed else "staff.looked_unasked",
        look.public_id,
        organization_id=organization_id,
        at=at,
        reason=told,
        until=look.ends_at,
        seen_as=member.user.email if member else Role.OWNER,
    )
    return look


@transaction.atomic
def end(*, user: User, actor: Actor, at: datetime) -> None:
    """End what somebody of the staff looks at, if anything."""
    for look in LookIn.objects.locked().filter(user=user, ended_at=None, ends_at__gt=at):
        look.ended_at = at
        look.save(update_fields=["ended_at"])
        trail.record(actor, "staff.look_ended", look.public_id, organization_id=look.organization_id, at=at)


def entrance(user_id: UUID, organization_public_id: str, *, at: datetime) -> Access | None:
    """Return what somebody of the staff may look at, and enter the tenant; None where she said no reason."""
    organization_id = ids.parse(Organization.prefix, organization_public_id)
    if organization_id is None:
        return None
    looks = LookIn.objects.filter(user_id=user_id, organization_id=organization_id, ended_at=None, ends_at__gt=at)
    look: LookIn | None = looks.order_by("-started_at", "pk").first()
    if look is None:
        return None
    tenancy.enter(look.organization_id)
    shown = Look(look.reason, look.ends_at, look.is_allowed)
    if look.membership_id:
        return queries.access_of_member(look.organization_id, look.membership_id, look=shown, at=at)
    return Access(
        organization=Organization.objects.get(pk=look.organization_id),
        membership_id=look.pk,
        user_id=user_id,
        role=Role.OWNER,
        has_billing=True,
        look=shown,
    )
