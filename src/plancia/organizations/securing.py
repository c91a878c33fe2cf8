"""Securing: what staff do for the account of a customer who calls, and how the customer's organizations learn of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity, sessions
from plancia.accounts.activity import Action
from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Membership


class OwnStaff(Refusal):
    """The accounts of staff are looked after by staff administrators, at the command line."""

    code = "own_staff"
    sentence = _("This is an account of the provider's own staff.")


@transaction.atomic
def end_sessions(*, user: User, reason: str, actor: Actor, at: datetime) -> int:
    """
    End all sessions of a user; returns how many.

    Raises: OwnStaff.
    """
    _require_customer(user)
    ended = sessions.end_all(user=user, at=at)
    _tell(actor, Action.SESSIONS_ENDED_BY_STAFF, user, reason=reason, at=at)
    _record(actor, "staff.sessions_ended", user, reason=reason, at=at)
    return ended


@transaction.atomic
def require_password(*, user: User, reason: str, actor: Actor, at: datetime) -> None:
    """
    Make the present password of a user worthless, and end her sessions: she gets in by “password forgotten” only.

    She is told by mail, with the reason and the way back in.

    Raises: OwnStaff.
    """
    _require_customer(user)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    sessions.end_all(user=user, at=at)
    _tell(actor, Action.PASSWORD_REQUIRED_BY_STAFF, user, reason=reason, at=at)
    _record(actor, "staff.password_required", user, reason=reason, at=at)


def _require_customer(user: User) -> None:
    if user.is_staff:
        raise OwnStaff()


def _tell(actor: Actor, action: Action, user: User, *, reason: str, at: datetime) -> None:
    """In her own activity, and by mail; where staff sit is no matter of hers."""
    activity.record(user, action, actor=replace(actor, ip=""), at=at, reason=reason[:500])


def _record(actor: Actor, action: str, user: User, *, reason: str, at: datetime) -> None:
    """In the log of each of her organizations: all of them trust her account."""
    memberships = Membership.objects.filter(user=user).order_by("organization_id")
    for key in memberships.values_list("organization_id", flat=True):
        trail.record(actor, action, user.public_id, organization_id=key, at=at, email=user.email, reason=reason[:500])
