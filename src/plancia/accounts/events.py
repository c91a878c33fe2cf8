"""What happens to people's accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityChanged(Event):
    """Something happened to an account that its user should hear of by mail: `activity` says what."""

    name: ClassVar[str] = "account.security_changed"

    user: str
    activity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(Event):
    """Sessions of a user ended, by whatever cause; `sids` are the names that apps know them by."""

    name: ClassVar[str] = "account.sessions_ended"

    user: str
    sids: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSecured(Event):
    """A user took back all that opened her account, in the apps, too."""

    name: ClassVar[str] = "account.secured"

    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClosed(Event):
    """An account is closed, as its user wished. It carries where the last mail goes, which the account forgot."""

    name: ClassVar[str] = "account.closed"

    user: str
    email: str
    person: str
    language: str
