"""
Devices: a browser that somebody signed in on, and whose accounts it remembers.

A signed cookie, no table: it opens nothing. It lets the sign-in page offer the accounts, tells a known device from a
new one, and counts wrong passwords of a known device apart. Source: OWASP, device cookies; docs/decisions/0050.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from plancia.accounts.models import User
from plancia.kernel import ids

COOKIE, _SALT = "device", "plancia.device"
_YEAR_SECONDS = 365 * 24 * 3600
#: So many accounts are remembered, the latest first.
MOST_ACCOUNTS = 5


@dataclass(frozen=True, slots=True)
class Device:
    """A browser: its name, known to it alone, and the accounts that signed in on it, the latest first."""

    id: str
    accounts: tuple[str, ...] = ()

    def knows(self, user: User) -> bool:
        """Say whether the user has signed in here before."""
        return user.public_id in self.accounts

    def with_account(self, user: User) -> Device:
        """Return the device after the user signed in."""
        others = tuple(one for one in self.accounts if one != user.public_id)
        return replace(self, accounts=(user.public_id, *others)[:MOST_ACCOUNTS])

    def without(self, public_id: str) -> Device:
        """Return the device after it forgot an account."""
        return replace(self, accounts=tuple(one for one in self.accounts if one != public_id))


def read(request: HttpRequest) -> Device:
    """Return the browser that asks; a new one, where it says nothing that we have signed."""
    try:
        kept = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=_YEAR_SECONDS)
        return Device(str(kept["id"]), tuple(map(str, kept["accounts"])))
    except (signing.BadSignature, KeyError, TypeError):
        return Device(secrets.token_urlsafe(16))


def write(response: HttpResponse, device: Device) -> None:
    """Let the browser remember."""
    value = signing.dumps({"id": device.id, "accounts": list(device.accounts)}, salt=_SALT, compress=True)
    response.set_cookie(
        COOKIE, value, max_age=_YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
    )


def accounts(device: Device) -> list[User]:
    """Return the users that the browser remembers, the latest first."""
    keys = {key: position for position, text in enumerate(device.accounts) if (key := ids.parse(User.prefix, text))}
    found = User.objects.filter(pk__in=keys, is_active=True) if keys else []
    return sorted(found, key=lambda user: keys[user.pk])
