"""Second factor: what a user has beside the password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A passkey as its user sees it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Factors:
    """All that a user has beside the password."""

    has_app: bool
    passkeys: list[KeyRow]
    codes_left: int | None

    @property
    def is_on(self) -> bool:
        """Whether signing in with the password asks for something more."""
        return self.has_app or bool(self.passkeys)


def is_on(user_id: UUID) -> bool:
    """Say whether a user has a second factor. An organization may ask for one."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=kinds).exists())


def holders() -> QuerySet[Any, Any]:
    """Return the keys of all users who have a second factor, for queries over many."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    found: QuerySet[Any, Any] = Authenticator.objects.filter(type__in=kinds).values("user")
    return found


def of(user_id: UUID) -> Factors:
    """Return what a user has beside the password."""
    found = list(Authenticator.objects.filter(user_id=user_id).order_by("pk"))
    codes = next((one for one in found if one.type == Authenticator.Type.RECOVERY_CODES), None)
    return Factors(
        has_app=any(one.type == Authenticator.Type.TOTP for one in found),
        passkeys=[
            KeyRow(one.pk, one.wrap().name, one.created_at, one.last_used_at)
            for one in found
            if one.type == Authenticator.Type.WEBAUTHN
        ],
        codes_left=len(codes.wrap().get_unused_codes()) if codes else None,
    )
