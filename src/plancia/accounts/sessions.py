"""Sessions: where a user is signed in, and ending that."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from plancia.accounts import agents, events
from plancia.accounts.models import User
from plancia.accounts.session_store import SessionStore
from plancia.kernel import transaction
from plancia.outbox import facts

#: The name by which apps know a session that signed in to them; kept in the session.
SID = "sid"
#: When a session was last seen; written this often at most, so that a page costs no write.
SEEN, SEEN_EVERY = "seen_at", timedelta(minutes=10)


_LONGEST_AGENT = UserSession._meta.get_field("user_agent").max_length


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as its user sees it."""

    id: int
    agent: str
    ip: str
    began_at: datetime
    seen_at: datetime
    is_current: bool


def of(user: User, *, current_key: str | None) -> list[SessionRow]:
    """Return where a user is signed in: here first, then the newest first."""
    live = set(
        Session.objects.filter(session_key__in=_of(user).values("session_key")).values_list("session_key", flat=True)
    )
    rows = [
        SessionRow(
            id=one.pk,
            agent=agents.name(one.user_agent),
            ip=one.ip or "",
            began_at=one.created_at,
            seen_at=one.last_seen_at,
            is_current=one.session_key == current_key,
        )
        for one in _of(user)
        if one.session_key in live
    ]
    return sorted(rows, key=lambda row: (not row.is_current, -row.seen_at.timestamp(), row.id))


def begin(request: HttpRequest, user: User, *, ip: str, at: datetime) -> None:
    """Write down where a user is signed in from now on: at a sign-in, and when the key of the session changed."""
    request.session[SEEN] = at.timestamp()
    agent = request.headers.get("User-Agent", "")[:_LONGEST_AGENT]
    here = UserSession(
        user=user, session_key=request.session.session_key, ip=ip, user_agent=agent, created_at=at, last_seen_at=at
    )
    UserSession.objects.bulk_create(
        [here],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "ip", "user_agent", "last_seen_at"],
    )


@transaction.atomic
def end(*, user: User, session_id: int, at: datetime) -> bool:
    """End one session of a user; say whether it was there."""
    return _end(user, _of(user).filter(pk=session_id), at=at) > 0


@transaction.atomic
def end_all(*, user: User, except_key: str | None = None, at: datetime) -> int:
    """End the sessions of a user, but for one. Returns how many."""
    return _end(user, _of(user).exclude(session_key=except_key), at=at)


@transaction.atomic
def end_this(*, user: User, sid: str, at: datetime) -> None:
    """Tell that the present session of a user ends, which the engine ends itself."""
    if sid:
        facts.publish(events.SessionsEnded(organization_id=None, happened_at=at, user=user.public_id, sids=[sid]))


@transaction.atomic
def keep_all(*, user: User) -> None:
    """Let the sessions of a user outlive a change of her password: each is bound to the hash of the present one."""
    for one in _of(user):
        store = SessionStore(one.session_key)
        if store.get(HASH_SESSION_KEY):
            store[HASH_SESSION_KEY] = user.get_session_auth_hash()
            store.save()


def note_seen(session: SessionBase, *, at: datetime) -> None:
    """Note that a session is in use, now and then."""
    before = session.get(SEEN)
    if before and at.timestamp() - before > SEEN_EVERY.total_seconds():
        session[SEEN] = at.timestamp()
        UserSession.objects.filter(session_key=session.session_key).update(last_seen_at=at)


def _of(user: User):  # type: ignore[no-untyped-def]  # a queryset of a library without types
    return UserSession.objects.filter(user=user).order_by("pk")


def _end(user: User, found: Iterable[UserSession], *, at: datetime) -> int:
    ended = list(found)
    sids = [sid for one in ended if (sid := SessionStore(one.session_key).get(SID))]
    Session.objects.filter(session_key__in=[one.session_key for one in ended]).delete()
    UserSession.objects.filter(pk__in=[one.pk for one in ended]).delete()
    if sids:
        facts.publish(events.SessionsEnded(organization_id=None, happened_at=at, user=user.public_id, sids=sids))
    return len(ended)
