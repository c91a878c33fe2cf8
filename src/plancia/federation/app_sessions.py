"""App sessions: which apps a user is signed in to from which session of ours; and ending them, here and there."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import httpx2
import jwt
from allauth.core.internal import jwkkit
from allauth.idp.oidc.internal.private_keys import pick_signing_key
from allauth.idp.oidc.models import Client, Token
from django.conf import settings
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from plancia.accounts.models import User
from plancia.federation import registration, signing
from plancia.federation.models import AppSession, Code
from plancia.kernel import transaction

TELL, QUEUE = "federation.tell_app", "federation"
TIMEOUT_SECONDS = 5
#: Source: OpenID Connect Back-Channel Logout 1.0, 2.4.
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@transaction.atomic
def begin(
    *,
    user: User,
    client: Client,
    sid: str,
    only_organization_id: UUID | None,
    auth_time: datetime,
    amr: Sequence[str],
    at: datetime,
) -> AppSession:
    """Note that a user signs in to an app; a session signs in to the same app once, however often it asks."""
    session, _is_new = AppSession.objects.update_or_create(
        sid=sid,
        client=client,
        ended_at=None,
        defaults={
            "user": user,
            "only_organization_id": only_organization_id,
            "auth_time": auth_time,
            "amr": list(amr),
        },
        create_defaults={
            "user": user,
            "only_organization_id": only_organization_id,
            "auth_time": auth_time,
            "amr": list(amr),
            "began_at": at,
        },
    )
    assert isinstance(session, AppSession)
    return session


@transaction.atomic
def end_by_sid(*, sids: Sequence[str], at: datetime) -> int:
    """End what was signed in to from sessions that have ended. Returns how many."""
    return _end(list(AppSession.objects.filter(sid__in=sids, ended_at=None).locked()), at=at)


@transaction.atomic
def end(*, user: User, client_id: str, at: datetime) -> int:
    """Sign a user out of one app. Returns how many sessions that were."""
    return _end(list(AppSession.objects.filter(user=user, client_id=client_id, ended_at=None).locked()), at=at)


@transaction.atomic
def end_all(*, user: User, at: datetime) -> int:
    """Sign a user out of all apps. Returns how many sessions that were."""
    return _end(list(AppSession.objects.filter(user=user, ended_at=None).locked()), at=at)


def tell_app(session_id: UUID, *, at: datetime) -> bool:
    """
    Tell an app that a user has signed out, signed. Says whether there was anybody to tell.

    Raises: httpx2.HTTPError, when the app does not take it; the job tries again.
    Source: OpenID Connect Back-Channel Logout 1.0.
    """
    with transaction.as_staff():
        session = AppSession.objects.select_related("client", "user").get(pk=session_id)
        address = registration.back_channel_uri_of(session.client)
        if not address or session.told_at:
            return False
        token = _logout_token(session, at=at)
    # No transaction is open while we wait for somebody else.
    httpx2.post(address, data={"logout_token": token}, timeout=TIMEOUT_SECONDS).raise_for_status()
    with transaction.as_staff():
        session.mark_told(at=at)
    return True


@transaction.atomic
def forget(*, at: datetime) -> None:
    """Delete what has expired: codes after a day, tokens, and sessions that ended a month ago."""
    Code.objects.filter(expires_at__lt=at - timedelta(days=1)).delete()
    Token.objects.filter(expires_at__lt=at).delete()
    AppSession.objects.filter(ended_at__lt=at - timedelta(days=30)).delete()


def _end(sessions: Sequence[AppSession], *, at: datetime) -> int:
    for session in sessions:
        session.end(at=at)
        theirs = Token.objects.filter(client_id=session.client_id, user_id=session.user_id)
        theirs.filter(data__session=str(session.pk)).delete()
    jobs = [
        Job(queue=QUEUE, lock=None, queueing_lock=None, task_name=TELL, task_kwargs={"session": str(session.pk)})
        for session in sessions
    ]
    if jobs:
        JobManager(DjangoConnector(alias=transaction.alias())).batch_defer_jobs(jobs)
    return len(sessions)


def _logout_token(session: AppSession, *, at: datetime) -> str:
    key = pick_signing_key([key for key in signing.keys(at=at) if key.not_before is None or key.not_before <= at])
    assert key is not None
    jwk, private_key = jwkkit.load_jwk_from_pem(key.pem)
    now = int(at.timestamp())
    claims = {
        "iss": settings.BASE_URL,
        "sub": session.user.public_id,
        "aud": session.client_id,
        "iat": now,
        "exp": now + 120,
        "jti": secrets.token_urlsafe(16),
        "sid": session.sid,
        "events": {EVENT: {}},
    }
    return jwt.encode(claims, private_key, algorithm="RS256", headers={"kid": jwk["kid"], "typ": "logout+jwt"})
