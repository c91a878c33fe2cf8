"""API tokens: for programs that act in a user's name, in one organization, with less than she may."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity, keys
from plancia.accounts.activity import Action
from plancia.accounts.models import ApiToken, User
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal

#: What a token begins with, so that it is recognized where it does not belong.
PREFIX = "plt_"
MOST = 50
#: When a token was last used is written this often at most.
_NOTED_EVERY = timedelta(minutes=1)


class Scope(StrEnum):
    """What a token may be used for."""

    PRODUCTS_READ = "products:read"
    PRODUCTS_WRITE = "products:write"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    MEMBERS_READ = "members:read"
    MEMBERS_WRITE = "members:write"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _SCOPES[self]


_SCOPES: dict[Scope, str | Promise] = {
    Scope.PRODUCTS_READ: _("Read products"),
    Scope.PRODUCTS_WRITE: _("Change products"),
    Scope.BILLING_READ: _("Read invoices and the prepaid account"),
    Scope.BILLING_WRITE: _("Pay and order"),
    Scope.MEMBERS_READ: _("Read members"),
    Scope.MEMBERS_WRITE: _("Change members"),
}


class TokenInvalid(Refusal):
    """A token that never was, was revoked, or has expired."""

    code = "token_invalid"
    sentence = _("The token is missing, was removed or has expired.")


class ScopeMissing(Refusal):
    """A token is used for more than it was made for."""

    code = "scope_missing"
    sentence = _("The token lacks the scope %(scope)s.")


class TooManyTokens(Refusal):
    """A user has as many tokens as anybody needs."""

    code = "too_many_tokens"
    sentence = _("You have %(most)d tokens. Please remove one that is not used.")


class TokenLivesTooLong(Refusal):
    """A token is asked for that would live beyond what the provider allows."""

    code = "token_lives_too_long"
    sentence = _("A token is good for at most %(most)d days.")
    field = "days"


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as its user sees it; what it says is not kept."""

    public_id: str
    name: str
    organization_id: UUID
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    is_expired: bool


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who asks by a token: whose it is, where it counts, and what for."""

    user: User
    organization_id: UUID
    scopes: frozenset[Scope]

    def require(self, scope: Scope) -> None:
        """Raises: ScopeMissing."""
        if scope not in self.scopes:
            raise ScopeMissing(scope=scope.value)


@transaction.atomic
def make(
    *,
    user_id: UUID,
    organization_id: UUID,
    name: str,
    scopes: Sequence[Scope],
    days: int,
    actor: Actor,
    agent: str,
    at: datetime,
) -> str:
    """
    Make a token, and return it: it is shown once.

    Raises: TooManyTokens; TokenLivesTooLong.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if not 1 <= days <= settings.API_TOKEN_DAYS_MOST:
        raise TokenLivesTooLong(most=settings.API_TOKEN_DAYS_MOST)
    if ApiToken.objects.filter(user=user, revoked_at=None).count() >= MOST:
        raise TooManyTokens(most=MOST)
    token = PREFIX + keys.new()
    ApiToken.objects.create(
        user=user,
        organization_id=organization_id,
        name=name.strip(),
        scopes=[scope.value for scope in scopes],
        hash=keys.hashed(token),
        created_at=at,
        expires_at=at + timedelta(days=days),
    )
    activity.record(user, Action.TOKEN_MADE, actor=actor, agent=agent, at=at, name=name.strip())
    return token


def bearer(token: str, *, at: datetime) -> Bearer:
    """
    Return who asks by a token. What the user may in the organization is asked afterwards, as for anybody.

    Raises: TokenInvalid.
    """
    if not token.startswith(PREFIX):
        raise TokenInvalid()
    # Nobody is signed in yet: the one row that this key opens is read past row-level security, by its hash.
    with transaction.as_staff(), transaction.atomic():
        found = ApiToken.objects.select_related("user").filter(hash=keys.hashed(token)).first()
        if found is None or found.revoked_at or found.expires_at <= at or not found.user.is_active:
            raise TokenInvalid()
        if found.last_used_at is None or at - found.last_used_at > _NOTED_EVERY:
            ApiToken.objects.filter(pk=found.pk).update(last_used_at=at)
    return Bearer(found.user, found.organization_id, frozenset(map(Scope, found.scopes)))


@transaction.atomic
def revoke(*, user_id: UUID, public_id: str, actor: Actor, agent: str, at: datetime) -> None:
    """Let a token open nothing any more. What is not there, or not the user's, changes nothing."""
    user = User.objects.get(pk=user_id)
    for one in ApiToken.objects.by_public_id(public_id).filter(user=user, revoked_at=None):
        one.revoke(at=at)
        activity.record(user, Action.TOKEN_REVOKED, actor=actor, agent=agent, at=at, name=one.name)


@transaction.atomic
def revoke_all(*, user: User, at: datetime) -> int:
    """Let none of a user's tokens open anything any more. Returns how many."""
    return int(ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at))


def of(user_id: UUID, *, at: datetime) -> list[TokenRow]:
    """Return the tokens of a user, the newest first."""
    found = ApiToken.objects.filter(user_id=user_id, revoked_at=None).order_by("-created_at", "-pk")
    return [
        TokenRow(
            public_id=one.public_id,
            name=one.name,
            organization_id=one.organization_id,
            scopes=[Scope(scope) for scope in one.scopes],
            created_at=one.created_at,
            expires_at=one.expires_at,
            last_used_at=one.last_used_at,
            is_expired=one.expires_at <= at,
        )
        for one in found
    ]
