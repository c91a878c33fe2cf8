"""Application passwords: for mail programs and the like, which know no second factor; taken back one by one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity, keys
from plancia.accounts.activity import Action
from plancia.accounts.models import ApplicationPassword, User
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal

#: 20 letters of an alphabet of 32: 100 bits, so that a quick hash is a good one. The first six find the row.
_ALPHABET, LENGTH, SELECTOR = "abcdefghijkmnopqrstuvwxyz2345678", 20, 6
MOST = 50


class TooManyApplicationPasswords(Refusal):
    """A user has as many application passwords as anybody needs."""

    code = "too_many_application_passwords"
    sentence = _("You have %(most)d application passwords. Please remove one that is not used.")


@dataclass(frozen=True, slots=True)
class ApplicationPasswordRow:
    """An application password as its user sees it."""

    public_id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


@transaction.atomic
def make(*, user_id: UUID, name: str, actor: Actor, agent: str, at: datetime) -> str:
    """
    Make an application password, and return it: it is shown once.

    Raises: TooManyApplicationPasswords.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    if ApplicationPassword.objects.filter(user=user, revoked_at=None).count() >= MOST:
        raise TooManyApplicationPasswords(most=MOST)
    password = "".join(secrets.choice(_ALPHABET) for _ in range(LENGTH))
    ApplicationPassword.objects.create(
        user=user, name=name.strip(), selector=password[:SELECTOR], hash=keys.hashed(password), created_at=at
    )
    activity.record(user, Action.APPLICATION_PASSWORD_MADE, actor=actor, agent=agent, at=at, name=name.strip())
    return password


@transaction.atomic
def revoke(*, user_id: UUID, public_id: str, actor: Actor, agent: str, at: datetime) -> None:
    """Let an application password open nothing any more. What is not there, or not the user's, changes nothing."""
    user = User.objects.get(pk=user_id)
    for one in ApplicationPassword.objects.by_public_id(public_id).filter(user=user, revoked_at=None):
        one.revoke(at=at)
        activity.record(user, Action.APPLICATION_PASSWORD_REVOKED, actor=actor, agent=agent, at=at, name=one.name)


@transaction.atomic
def revoke_all(*, user: User, at: datetime) -> int:
    """Let none of a user's application passwords open anything any more. Returns how many."""
    return int(ApplicationPassword.objects.filter(user=user, revoked_at=None).update(revoked_at=at))


def of(user_id: UUID) -> list[ApplicationPasswordRow]:
    """Return the application passwords of a user, the newest first."""
    found = ApplicationPassword.objects.filter(user_id=user_id, revoked_at=None).order_by("-created_at", "-pk")
    return [ApplicationPasswordRow(one.public_id, one.name, one.created_at, one.last_used_at) for one in found]
