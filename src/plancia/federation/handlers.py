"""Apps follow the session that they were signed in to from."""

from __future__ import annotations

from datetime import datetime

from plancia.accounts.events import AccountSecured, SessionsEnded
from plancia.accounts.models import User
from plancia.federation import app_sessions
from plancia.kernel import ids
from plancia.outbox import facts


@facts.handles(SessionsEnded)
def sessions_ended(event: SessionsEnded, *, at: datetime) -> None:
    """Sign out of the apps, and tell them."""
    app_sessions.end_by_sid(sids=event.sids, at=at)


@facts.handles(AccountSecured)
def account_secured(event: AccountSecured, *, at: datetime) -> None:
    """Sign out of all apps."""
    key = ids.parse(User.prefix, event.user)
    for user in User.objects.filter(pk=key) if key else ():
        app_sessions.end_all(user=user, at=at)
