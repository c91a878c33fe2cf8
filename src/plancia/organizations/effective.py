"""Effective rights: what somebody may do with a product in the end, and every reason for it. Reasons add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from plancia.organizations.granting import Subject
from plancia.organizations.roles import Right, Role


@dataclass(frozen=True, slots=True)
class HeldRight:
    """A right as it stands in the books; `team` names the team that it comes through, if any."""

    subject: Subject
    right: Right
    expires_at: datetime | None = None
    team: str = ""

    def reason(self) -> str:
        """Say in a few words where it comes from."""
        if self.subject.product_id:
            return _("Team %(team)s") % {"team": self.team} if self.team else _("Granted on this product")
        if self.team:
            return _("Team %(team)s, on all of this type") % {"team": self.team}
        return _("Granted on all of this type")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why somebody has a right."""

    right: Right
    words: str | Promise
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Effective:
    """The strongest right on a product, or none, and all reasons, the strongest first."""

    right: Right | None
    reasons: tuple[Reason, ...]


def on_product(role: Role | None, held: Sequence[HeldRight], product_id: UUID, product_type: str) -> Effective:
    """Return what follows from a role (None for a team) and the rights held, for one product."""
    if role and role.sees_all_products:
        return Effective(Right.MANAGE, (Reason(Right.MANAGE, _("As %(role)s") % {"role": role.label}),))
    covering = [
        one for one in held if one.subject in (Subject(product_id=product_id), Subject(product_type=product_type))
    ]
    ranks = list(Right)
    reasons = tuple(
        Reason(one.right, one.reason(), one.expires_at)
        for one in sorted(covering, key=lambda one: ranks.index(one.right), reverse=True)
    )
    return Effective(reasons[0].right if reasons else None, reasons)
