"""
The engine, allauth.idp.oidc, as we want it: what it leaves open is closed here.

PKCE is asked of every app, and S256; codes stand in the database and are good once; a redirect address is the
registered one, letter by letter; tokens belong to a session and end with it; the issuer is the provider's setting,
never the Host header. Source: docs/decisions/0052; RFC 9700.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.idp.oidc import app_settings
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.internal.oauthlib.request_validator import OAuthLibRequestValidator
from allauth.idp.oidc.internal.oauthlib.utils import get_validator_context
from allauth.idp.oidc.models import Client, PrivateKey, Token
from django.conf import settings
from django.http import HttpRequest
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError

from plancia.accounts import keys, sessions
from plancia.accounts.models import User
from plancia.federation import app_sessions, claims, consents, signing
from plancia.federation.models import AppSession, Code
from plancia.kernel import clock, ids, tenancy

_LOOPBACK = {"127.0.0.1", "::1"}


class Adapter(DefaultOIDCAdapter):  # type: ignore[misc]  # allauth has no types
    """What tokens say, and who signs them."""

    def get_issuer(self) -> str:
        """Return the address of the provider's setting."""
        return str(settings.BASE_URL)

    def list_private_keys(self, *, did_activate: Any = None, is_active: Any = None) -> list[PrivateKey]:
        """Return the keys of the database."""
        at = clock.now()
        return [key for key in signing.keys(at=at) if not did_activate or key.not_before <= at]

    def get_user_sub(self, client: Client, user: User) -> str:
        """Name a user as everywhere outside the database."""
        return user.public_id

    def get_user_by_sub(self, client: Client, sub: str) -> User | None:
        """Return the user of that name, if her account is open."""
        key = ids.parse(User.prefix, sub)
        return User.objects.filter(pk=key, is_active=True).first() if key else None

    def get_claims(
        self, purpose: str, user: User, client: Client, scopes: Iterable[str], **kwargs: Any
    ) -> dict[str, Any]:
        """Return what the scopes let an app know, as it is now."""
        wanted, session = frozenset(scopes), _session()
        known = claims.of_person(user, wanted)
        if "organizations" in wanted:
            only = session.only_organization_id if session else consents.organization_of(user, client)
            known["organizations"] = claims.of_organizations(user, only=only, at=clock.now())
        return known

    def populate_id_token(self, id_token: dict[str, Any], client: Client, scopes: Iterable[str], **kwargs: Any) -> None:
        """Add when and how the user signed in, and the name of her session. Source: RFC 8176; Core 1.0, 2."""
        if session := _session():
            id_token["auth_time"] = int(session.auth_time.timestamp())
            id_token["amr"] = session.amr
            id_token["sid"] = session.sid


class RequestValidator(OAuthLibRequestValidator):  # type: ignore[misc]  # allauth has no types
    """Who may ask for what."""

    def is_pkce_required(self, client_id: str, request: Any) -> bool:
        """Ask PKCE of every app, and none but S256."""
        if request.code_challenge and request.code_challenge_method != "S256":
            raise InvalidRequestError(description="code_challenge_method must be S256", request=request)
        return True

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Take the registered address only; a loopback one with any port. Source: RFC 9700, 4.1.3; RFC 8252, 7.3."""
        registered: list[str] = request.client.get_redirect_uris()
        return redirect_uri in registered or any(_is_same_loopback(redirect_uri, one) for one in registered)

    def save_authorization_code(
        self, client_id: str, code: dict[str, Any], request: Any, *args: Any, **kwargs: Any
    ) -> None:
        """Keep a code with all that it stands for, and the session that it comes from."""
        at = clock.now()
        nonce = getattr(request, "nonce", None)
        content = {
            "code": {"nonce": nonce} if nonce else {},
            "redirect_uri": request.redirect_uri,
            "sub": request.user.public_id,
            "scopes": list(request.scopes),
            "claims": request.claims,
            "resources": get_validator_context().requested_resources,
            "pkce": {
                "code_challenge": request.code_challenge,
                "code_challenge_method": request.code_challenge_method,
            },
        }
        Code.objects.create(
            hash=keys.hashed(code["code"]),
            client=request.client,
            session=_begin(context.request, request.user, request.client, at=at),
            content=content,
            expires_at=at + timedelta(seconds=app_settings.AUTHORIZATION_CODE_EXPIRES_IN),
        )

    def validate_code(self, client_id: str, code: str, client: Client, request: Any, *args: Any, **kwargs: Any) -> bool:
        """
        Take a code once, in time, from the app that it was given to.

        One that comes a second time was stolen, before or now: what it gave is taken back. Source: RFC 6749, 4.1.2.
        """
        row = Code.objects.filter(hash=keys.hashed(code), client=client).select_for_update(of=("self",)).first()
        if row is None:
            return False
        if row.used_at:
            Token.objects.filter(data__session=str(row.session_id)).delete()
            return False
        session = AppSession.objects.filter(pk=row.session_id, ended_at=None).first()
        user = Adapter().get_user_by_sub(client, row.content["sub"])
        if row.expires_at <= clock.now() or session is None or user is None:
            return False
        request.scopes, request.claims, request.user = row.content["scopes"], row.content["claims"], user
        request.code_challenge = row.content["pkce"]["code_challenge"]
        request.code_challenge_method = row.content["pkce"]["code_challenge_method"]
        get_validator_context().granted_resources = row.content["resources"]
        _remember(session)
        return True

    def invalidate_authorization_code(self, client_id: str, code: str, request: Any, *args: Any, **kwargs: Any) -> None:
        """Let a code be good no more."""
        Code.objects.filter(hash=keys.hashed(code), used_at=None).update(used_at=clock.now())

    def save_bearer_token(self, token: dict[str, Any], request: Any, *args: Any, **kwargs: Any) -> None:
        """Let tokens belong to the session that they come from."""
        super().save_bearer_token(token, request, *args, **kwargs)
        session = _session()
        for value in filter(None, (token.get("access_token"), token.get("refresh_token"))):
            for one in Token.objects.by_value(value) if session else ():
                one.data = {**(one.data or {}), "session": str(session.pk)}  # type: ignore[union-attr]  # looked above
                one.save(update_fields=["data"])

    def validate_refresh_token(
        self, refresh_token: str, client: Client, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        """Take a refresh token as long as its session lives."""
        if not super().validate_refresh_token(refresh_token, client, request, *args, **kwargs):
            return False
        return self._belongs_to_a_session(get_validator_context().refresh_token)

    def validate_bearer_token(self, token: str, scopes: Iterable[str], request: Any) -> bool:
        """Take an access token as long as its session lives."""
        if not super().validate_bearer_token(token, scopes, request):
            return False
        return self._belongs_to_a_session(get_validator_context().access_token)

    def validate_silent_authorization(self, request: Any) -> bool:
        """Go on without asking where the user has agreed before, with this app and not with any."""
        return consents.covers(context.request.user, request.client, request.scopes)

    def _lookup_authorization_code(self, request: Any, client_id: str, code: str) -> dict[str, Any] | None:
        row = Code.objects.filter(hash=keys.hashed(code), client_id=client_id).first()
        return row.content if row else None

    def _belongs_to_a_session(self, token: Token) -> bool:
        key = (token.data or {}).get("session")
        session = AppSession.objects.filter(pk=key, ended_at=None).first() if key else None
        if session is None:
            return False
        tenancy.enter_user(session.user_id)
        _remember(session)
        return True


def auth_time(request: HttpRequest, user: User) -> datetime:
    """Return when the user proved last who she is, in this session."""
    records = get_authentication_records(request, user)
    seconds = max((record["at"] for record in records), default=user.last_login.timestamp() if user.last_login else 0)
    return datetime.fromtimestamp(seconds, UTC)


def _amr(request: HttpRequest, user: User) -> list[str]:
    """Return how the user proved who she is. Source: RFC 8176."""
    names: list[str] = []
    for record in get_authentication_records(request, user):
        if record["method"] == "password":
            names.append("pwd")
        elif record["method"] == "mfa":
            names += ["swk", "user"] if record.get("type") == "webauthn" else ["otp"]
    found = list(dict.fromkeys(names))
    return [*found, "mfa"] if "pwd" in found and len(found) > 1 else found


def _begin(request: HttpRequest, user: User, client: Client, *, at: datetime) -> AppSession:
    if sessions.SID not in request.session:
        request.session[sessions.SID] = secrets.token_urlsafe(24)
    return app_sessions.begin(
        user=user,
        client=client,
        sid=request.session[sessions.SID],
        only_organization_id=consents.organization_of(user, client),
        auth_time=auth_time(request, user),
        amr=_amr(request, user),
        at=at,
    )


def _session() -> AppSession | None:
    return getattr(context.request, "app_session", None)


def _remember(session: AppSession) -> None:
    context.request.app_session = session


def _is_same_loopback(asked: str, registered: str) -> bool:
    one, other = urlsplit(asked), urlsplit(registered)
    return (
        one.scheme == other.scheme == "http"
        and one.hostname == other.hostname
        and one.hostname in _LOOPBACK
        and one._replace(netloc="") == other._replace(netloc="")
        and "@" not in one.netloc
    )
