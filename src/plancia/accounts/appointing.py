"""Appointing: what somebody of the provider's staff is there for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity
from plancia.accounts.activity import Action
from plancia.accounts.models import User
from plancia.accounts.staffing import StaffRole
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal


class LastStaffAdministrator(Refusal):
    """Somebody has to be able to say who is staff."""

    code = "last_staff_administrator"
    sentence = _("This is the only staff administrator: name another one first.")
    field = "roles"


@transaction.atomic
def appoint(*, user_id: UUID, roles: Sequence[StaffRole], actor: Actor, agent: str, at: datetime) -> None:
    """
    Give somebody of the staff these roles and no others. Written down in her activity, and told to her by mail.

    Raises: LastStaffAdministrator.
    """
    # All administrators in one order: two who take the role from each other at once are one after the other.
    staff = {one.pk: one for one in User.objects.filter(is_staff=True).order_by("pk").select_for_update(no_key=True)}
    user, wanted = staff[user_id], sorted(roles)
    if wanted == sorted(user.staff_roles):
        return
    others = [one for one in staff.values() if one.pk != user_id and one.is_active]
    if StaffRole.ADMIN not in wanted and not any(StaffRole.ADMIN in one.staff_roles for one in others):
        raise LastStaffAdministrator()
    before, user.staff_roles = user.staff_roles, wanted
    user.save(update_fields=["staff_roles"])
    changes = f"{', '.join(sorted(before)) or '–'} → {', '.join(wanted) or '–'}"
    activity.record(user, Action.STAFF_ROLES_CHANGED, actor=actor, agent=agent, at=at, changes=changes, by=actor.label)


def changes_of(user_id: UUID) -> list[activity.ActivityRow]:
    """Return how the roles of somebody changed, the newest first; twenty at the most."""
    return activity.latest(user_id, Action.STAFF_ROLES_CHANGED, most=20)
