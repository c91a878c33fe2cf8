"""Granting: what members and teams may do with products, one by one or by type, for good or for a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.organizations.models import Membership, ProductRight, Team
from plancia.organizations.roles import Right, Role


class GrantNotNeeded(Refusal):
    """Owners and administrators reach every product by their role."""

    code = "grant_not_needed"
    sentence = _("Owners and administrators already have all rights on every product.")


class GrantEnded(Refusal):
    """A right that has ended before it begins grants nothing."""

    code = "grant_ended"
    sentence = _("The last day of a right lies in the future.")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a right is about: one product, or all products of a type, present and future."""

    product_id: UUID | None = None
    product_type: str = ""

    def __str__(self) -> str:
        return str(self.product_id or self.product_type)


@dataclass(frozen=True, slots=True)
class Grant:
    """A right, and the instant at which it ends by itself, if any."""

    right: Right
    expires_at: datetime | None = None


Holder = Membership | Team


@transaction.atomic
def settle(*, holder: Holder, wanted: Mapping[Subject, Grant | None], actor: Actor, at: datetime) -> int:
    """
    Bring the rights of a member or a team on some subjects to what is wanted; None takes the right away.

    Returns how many rights changed; each is recorded.

    Raises: GrantNotNeeded, for owners and administrators; GrantEnded.
    """
    type(holder).objects.locked().get(pk=holder.pk)
    if isinstance(holder, Membership) and Role(holder.role).sees_all_products and any(wanted.values()):
        raise GrantNotNeeded()
    if any(grant and grant.expires_at and grant.expires_at <= at for grant in wanted.values()):
        raise GrantEnded()

    rows = {_subject(row): row for row in ProductRight.objects.filter(**_of(holder))}
    changed = 0
    for subject, grant in wanted.items():
        row = rows.get(subject)
        if (Grant(Right(row.right), row.expires_at) if row else None) == grant:
            continue
        if grant:
            _write(holder, subject, grant)
        elif row:
            row.delete()
        _record(holder, subject, grant, actor=actor, at=at)
        changed += 1
    return changed


def _subject(row: ProductRight) -> Subject:
    return Subject(row.product_id, row.product_type)


def _of(holder: Holder) -> dict[str, Any]:
    return {"team" if isinstance(holder, Team) else "membership": holder, "organization_id": holder.organization_id}


def _write(holder: Holder, subject: Subject, grant: Grant) -> None:
    ProductRight.objects.update_or_create(
        **_of(holder),
        product_id=subject.product_id,
        product_type=subject.product_type,
        defaults={"right": grant.right, "expires_at": grant.expires_at},
    )


def _record(holder: Holder, subject: Subject, grant: Grant | None, *, actor: Actor, at: datetime) -> None:
    of = "team" if isinstance(holder, Team) else "member"
    named = {"team": holder.name} if isinstance(holder, Team) else {"email": holder.user.email}
    trail.record(
        actor,
        f"{of}.product_granted" if grant else f"{of}.product_withdrawn",
        holder.public_id,
        organization_id=holder.organization_id,
        at=at,
        product=str(subject),
        right=grant.right if grant else None,
        expires_at=grant.expires_at if grant else None,
        **named,
    )
