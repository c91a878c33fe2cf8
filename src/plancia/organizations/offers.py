"""Offers: what an invitation gives to who accepts it, as a value and as its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Invitation
from plancia.organizations.roles import MAY_HAVE_BILLING, Right, Role


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation gives to who accepts it."""

    role: Role
    has_billing: bool = False
    is_partner: bool = False
    rights: tuple[tuple[Subject, Grant], ...] = ()
    teams: tuple[UUID, ...] = ()


def offer_of(invitation: Invitation) -> Offer:
    """Return what an invitation gives."""
    return Offer(
        role=Role(invitation.role),
        has_billing=invitation.has_billing,
        is_partner=invitation.is_partner,
        rights=tuple(
            (
                Subject(UUID(row["product_id"]) if row["product_id"] else None, row["product_type"]),
                Grant(Right(row["right"])),
            )
            for row in invitation.rights
        ),
        teams=tuple(UUID(key) for key in invitation.teams),
    )


def fingerprint(invitation: Invitation) -> str:
    """Return a word that changes with what the invitation gives."""
    given = (invitation.role, invitation.has_billing, invitation.is_partner, invitation.rights, invitation.teams)
    return signing.Signer(salt="plancia.invitation.offer").signature(repr(given))


def columns(offer: Offer) -> dict[str, object]:
    """Return the columns of an invitation that gives this."""
    return {
        "role": offer.role,
        "has_billing": offer.has_billing and offer.role in MAY_HAVE_BILLING,
        "is_partner": offer.is_partner,
        "rights": _rights(offer.rights),
        "teams": [str(key) for key in offer.teams],
    }


def _rights(rights: Sequence[tuple[Subject, Grant]]) -> list[dict[str, str]]:
    return [
        {
            "product_id": str(subject.product_id or ""),
            "product_type": subject.product_type,
            "right": grant.right.value,
        }
        for subject, grant in rights
    ]
