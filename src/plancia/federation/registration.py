"""Registration: which apps may let people sign in through us. The provider's staff decide."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from allauth.idp.oidc.models import Client, Token
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from plancia.accounts.keys import KeyHasher
from plancia.federation.models import AppSession, Consent
from plancia.kernel import transaction
from plancia.kernel.refusals import Refusal

#: What an app may ask to know.
SCOPES = ("openid", "profile", "email", "organizations")
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class AppAddressRefused(Refusal):
    """An address of an app is not complete, not encrypted, or leads to more than one place."""

    code = "app_address_refused"
    sentence = _("%(address)s cannot be used: write a complete address with https, without # and *.")


class AppWithoutAddress(Refusal):
    """An app needs somewhere to go back to."""

    code = "app_without_address"
    sentence = _("An app needs at least one address to go back to after signing in.")
    field = "redirect_uris"


@dataclass(frozen=True, slots=True)
class AppRow:
    """An app as staff see it."""

    id: str
    name: str
    is_public: bool
    is_ours: bool
    redirect_uris: list[str]
    post_logout_redirect_uris: list[str]
    back_channel_uri: str
    created_at: datetime


@transaction.atomic
def register(
    *,
    name: str,
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str] = (),
    back_channel_uri: str = "",
    is_public: bool = False,
    is_ours: bool = False,
) -> tuple[Client, str]:
    """
    Register an app; return it with its secret, which is shown once. A public app, on people's devices, has none.

    An app of the provider's own (`is_ours`) is not asked consent for.

    Raises: AppWithoutAddress; AppAddressRefused.
    Source: RFC 6749, 3.1.2; RFC 8252, 8.4; RFC 9700, 2.1.
    """
    client = Client(type=Client.Type.PUBLIC if is_public else Client.Type.CONFIDENTIAL)
    client.grant_types = "authorization_code\nrefresh_token"
    client.response_types = "code"
    client.set_scopes(list(SCOPES))
    secret = "" if is_public else secrets.token_urlsafe(32)
    client.secret = _hashed(secret or secrets.token_urlsafe(32))
    _describe(client, name, redirect_uris, post_logout_redirect_uris, back_channel_uri, is_ours)
    client.save(force_insert=True)
    return client, secret


@transaction.atomic
def change(
    *,
    client_id: str,
    name: str,
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str] = (),
    back_channel_uri: str = "",
    is_ours: bool = False,
) -> Client:
    """
    Change what is known of an app.

    Raises: AppWithoutAddress; AppAddressRefused.
    """
    client = Client.objects.select_for_update().get(pk=client_id)
    _describe(client, name, redirect_uris, post_logout_redirect_uris, back_channel_uri, is_ours)
    client.save(update_fields=["name", "redirect_uris", "data", "skip_consent"])
    return client


@transaction.atomic
def renew_secret(*, client_id: str) -> str:
    """Give an app another secret, shown once; the old one opens nothing any more."""
    client = Client.objects.select_for_update().get(pk=client_id)
    secret = secrets.token_urlsafe(32)
    client.secret = _hashed(secret)
    client.save(update_fields=["secret"])
    return secret


@transaction.atomic
def remove(*, client_id: str) -> None:
    """Forget an app, with all that it was given: nobody signs in to it through us any more."""
    Token.objects.filter(client_id=client_id).delete()
    AppSession.objects.filter(client_id=client_id).delete()
    Consent.objects.filter(client_id=client_id).delete()
    Client.objects.filter(pk=client_id).delete()


def apps() -> list[AppRow]:
    """Return all apps, by name."""
    return [row(client) for client in Client.objects.order_by("name", "pk")]


def row(client: Client) -> AppRow:
    """Return an app as staff see it."""
    return AppRow(
        id=client.pk,
        name=client.name,
        is_public=client.type == Client.Type.PUBLIC,
        is_ours=client.skip_consent,
        redirect_uris=client.get_redirect_uris(),
        post_logout_redirect_uris=client.get_post_logout_redirect_uris(),
        back_channel_uri=back_channel_uri_of(client),
        created_at=client.created_at,
    )


def back_channel_uri_of(client: Client) -> str:
    """Return where an app wants to be told that somebody has signed out; "" for nowhere."""
    return str((client.data or {}).get("back_channel_uri", ""))


def _hashed(secret: str) -> str:
    # Checked with every token: a password's slow hash would cost a quarter of a second each time.
    return make_password(secret, hasher=KeyHasher.algorithm)


def _describe(
    client: Client,
    name: str,
    redirect_uris: Sequence[str],
    post_logout_redirect_uris: Sequence[str],
    back_channel_uri: str,
    is_ours: bool,
) -> None:
    if not redirect_uris:
        raise AppWithoutAddress()
    for address in [*redirect_uris, *post_logout_redirect_uris, *([back_channel_uri] if back_channel_uri else [])]:
        _check(address)
    client.name, client.skip_consent = name.strip(), is_ours
    client.set_redirect_uris(list(redirect_uris))
    client.data = {
        "back_channel_uri": back_channel_uri,
        "client_metadata": {"post_logout_redirect_uris": list(post_logout_redirect_uris)},
    }


def _check(address: str) -> None:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        raise AppAddressRefused(address=address) from None
    is_private_scheme = "." in parts.scheme  # com.example.app:/callback, RFC 8252, 7.1
    is_web = bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))
    is_plain = not (parts.fragment or "*" in address or parts.username or any(letter.isspace() for letter in address))
    if not is_plain or not (is_web or (is_private_scheme and parts.path)):
        raise AppAddressRefused(address=address)
