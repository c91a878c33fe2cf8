"""
Legal holds: what staff keep although its time is over, because a court, an authority or a claim wants it.

While one stands, retention leaves what belongs to the organization or user, an organization cannot be deleted, and an
account is not closed. Source: GDPR, art. 17 (3) e; docs/decisions/0106-legal-holds.md.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.leaving.models import LegalHold
from plancia.organizations.models import Organization


class HoldUnreasoned(Refusal):
    """Whoever holds something back says why."""

    code = "hold_unreasoned"
    sentence = _("Say why, and on whose order: a file number, a court, a claim.")
    field = "reason"


class HeldAlready(Refusal):
    """One hold is enough; its reason can be read."""

    code = "held_already"
    sentence = _("A legal hold stands already. End it first, to begin another.")


class HoldEnds(Refusal):
    """A hold that ends before it begins holds nothing; one that has ended stays so."""

    code = "hold_ends"
    sentence = _("The end has to lie in the future.")
    field = "ends_at"


class HoldOver(Refusal):
    """A hold ends once."""

    code = "hold_over"
    sentence = _("This legal hold is over already.")


class OnHold(Refusal):
    """What is held back is not erased, whoever asks."""

    code = "on_legal_hold"
    sentence = _("We have to keep this for now, because the law wants it. Write to support, if you have a question.")


def standing(*, at: datetime) -> QuerySet[LegalHold]:
    """Return the holds that stand."""
    found: QuerySet[LegalHold] = LegalHold.objects.filter(Q(ends_at=None) | Q(ends_at__gt=at), ended_at=None)
    return found


def refuse_if_held(*, organization_id: UUID | None = None, user_id: UUID | None = None, at: datetime) -> None:
    """Raises: OnHold."""
    if is_held(organization_id=organization_id, user_id=user_id, at=at):
        raise OnHold()


def is_held(*, organization_id: UUID | None = None, user_id: UUID | None = None, at: datetime) -> bool:
    """Say whether a hold stands on an organization or a user."""
    theirs = {"organization_id": organization_id} if organization_id else {"user_id": user_id}
    return standing(at=at).filter(**theirs).exists()


@transaction.atomic
def begin(
    *,
    organization_id: UUID | None = None,
    user_id: UUID | None = None,
    reason: str,
    ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> LegalHold:
    """
    Hold an organization, or a user, back from being erased: until `ends_at`, if that is known. Asked as staff.

    Raises: HoldUnreasoned; HoldEnds; HeldAlready.
    """
    if not reason.strip():
        raise HoldUnreasoned()
    if ends_at and ends_at <= at:
        raise HoldEnds()
    # The row is the lock: whoever deletes it, or begins another hold, waits for us.
    if organization_id:
        Organization.objects.locked().get(pk=organization_id)
    elif user_id:
        User.objects.select_for_update(no_key=True).get(pk=user_id)
    if is_held(organization_id=organization_id, user_id=user_id, at=at):
        raise HeldAlready()
    hold: LegalHold = LegalHold.objects.create(
        organization_id=organization_id,
        user_id=user_id,
        reason=reason.strip()[:2_000],
        started_at=at,
        started_by=actor.label,
        ends_at=ends_at,
    )
    _record(hold, "legal_hold.begun", actor, at=at)
    return hold


@transaction.atomic
def end(*, hold_id: UUID, actor: Actor, at: datetime) -> LegalHold:
    """
    End a hold. What is past its time goes the next night.

    Raises: HoldOver.
    """
    hold: LegalHold = LegalHold.objects.locked().get(pk=hold_id)
    if hold.ended_at or (hold.ends_at and hold.ends_at <= at):
        raise HoldOver()
    hold.end(by=actor.label, at=at)
    _record(hold, "legal_hold.ended", actor, at=at)
    return hold


def _record(hold: LegalHold, action: str, actor: Actor, *, at: datetime) -> None:
    # Of a hold on a user, the row itself is the record: she is in no organization's log.
    if hold.organization_id:
        trail.record(actor, action, hold.public_id, organization_id=hold.organization_id, at=at)
