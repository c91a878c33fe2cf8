"""Closing one's own account: what stands in the way, the wish, and what is erased when its time has come."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity, api_tokens, application_passwords, events, proofs, sessions
from plancia.accounts.activity import Action
from plancia.accounts.models import Activity, AddressChange, Closure, Export, User
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.refusals import Refusal
from plancia.leaving import holds, mailbox_closing
from plancia.leaving.mailbox_closing import FreeMailbox
from plancia.mailboxes import keeping
from plancia.mailboxes.models import Mailbox
from plancia.organizations import membership, queries
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Role
from plancia.outbox import facts
from plancia.support import feedback
from plancia.support.feedback import Occasion

logger = logging.getLogger(__name__)


class AccountHeldBack(Refusal):
    """Something would be left without an owner."""

    code = "account_held_back"
    sentence = _("Something still stands in the way; see the list.")


@dataclass(frozen=True, slots=True)
class Owned:
    """An organization of the user's."""

    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """
    What stands in the way of closing an account; nothing is good.

    `organizations` would be left without an owner; those in `left` go on.
    """

    organizations: list[Owned]
    left: list[Owned]
    mailboxes: list[FreeMailbox]
    is_held: bool

    @property
    def is_clear(self) -> bool:
        return not (self.organizations or self.mailboxes or self.is_held)


def checklist(user: User, *, at: datetime) -> Checklist:
    """Return what stands in the way, as it is now, and which organizations go on without her. Source: SPEC 1.11."""
    mine = queries.organizations_of(user.pk)
    last = {row.public_id for row in mine if row.role is Role.OWNER and _is_last_owner(user, row.public_id)}
    return Checklist(
        organizations=[Owned(row.public_id, row.name) for row in mine if row.public_id in last],
        left=[Owned(row.public_id, row.name) for row in mine if row.public_id not in last],
        mailboxes=mailbox_closing.of(user),
        is_held=holds.is_held(user_id=user.pk, at=at),
    )


def pending(user: User) -> Closure | None:
    """Return the wish to close the account, while there is time to change one's mind."""
    found: Closure | None = Closure.objects.filter(user=user, withdrawn_at=None, done_at=None).first()
    return found


@transaction.atomic
def ask(
    *,
    user_id: UUID,
    password: str,
    cause: str = "",
    comment: str = "",
    language: str = "",
    actor: Actor,
    agent: str,
    at: datetime,
) -> Closure:
    """
    Begin to close an account. It stays as it is until `settings.ACCOUNT_CLOSES_AFTER` has passed.

    What she says of us on leaving is kept without her name.

    Raises: TooManyPasswords, PasswordWrong; AccountHeldBack.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    proofs.ask(user, password, at=at)
    if not checklist(user, at=at).is_clear:
        raise AccountHeldBack()
    if found := pending(user):
        return found
    closure: Closure = Closure.objects.create(user=user, asked_at=at, closes_at=at + settings.ACCOUNT_CLOSES_AFTER)
    if cause or comment.strip():
        feedback.give(occasion=Occasion.ACCOUNT_CLOSED, cause=cause, comment=comment, language=language, at=at)
    activity.record(user, Action.CLOSING_ASKED, actor=actor, agent=agent, at=at)
    return closure


@transaction.atomic
def withdraw(*, user: User, actor: Actor, agent: str, at: datetime) -> None:
    """Keep the account after all."""
    if found := pending(user):
        found.withdraw(at=at)
        activity.record(user, Action.CLOSING_WITHDRAWN, actor=actor, agent=agent, at=at)


def close_due(*, at: datetime) -> int:
    """Close the accounts whose time has come, each by itself. One that is held back waits. Returns how many closed."""
    due = Closure.objects.filter(withdrawn_at=None, done_at=None, closes_at__lte=at).order_by("closes_at", "pk")
    return sum(_close(closure.pk, at=at) for closure in due)


@transaction.atomic
def _close(closure_id: UUID, *, at: datetime) -> bool:
    closure = Closure.objects.select_related("user").locked().get(pk=closure_id)
    user = closure.user
    if closure.withdrawn_at or closure.done_at or not checklist(user, at=at).is_clear:
        return False
    mine = Actor(ActorKind.USER, user.name, user_id=user.pk)
    for one in Membership.objects.filter(user=user).order_by("pk"):
        with tenancy.within(one.organization_id):
            membership.remove(membership_id=one.pk, may_grant_owner=True, actor=mine, at=at)
    for mailbox in Mailbox.objects.filter(user=user, closed_at=None):
        keeping.give(mailbox_id=mailbox.pk, user_id=None, actor=SYSTEM, at=at)
    sessions.end_all(user=user, at=at)
    application_passwords.revoke_all(user=user, at=at)
    api_tokens.revoke_all(user=user, at=at)
    facts.publish(events.AccountSecured(organization_id=None, happened_at=at, user=user.public_id))
    facts.publish(
        events.AccountClosed(
            organization_id=None,
            happened_at=at,
            user=user.public_id,
            email=user.email,
            person=user.name,
            language=user.language,
        )
    )
    _erase(user)
    closure.finish(at=at)
    logger.info("account %s is closed", user.public_id)
    return True


def _erase(user: User) -> None:
    """Leave a row that documents and trails point at, and that names nobody. Source: GDPR, 17; nFADP, 6."""
    tables: tuple[Any, ...] = (Activity, AddressChange, Export, EmailAddress, Authenticator)
    for table in tables:
        table.objects.filter(user=user).delete()
    user.email = f"closed-{user.pk.hex}@account.invalid"
    user.first_name = user.last_name = user.recovery_email = user.recovery_phone = ""
    user.is_active = False
    user.set_unusable_password()
    user.save(
        update_fields=[
            *("email", "first_name", "last_name", "recovery_email", "recovery_phone", "is_active", "password"),
        ]
    )


def _is_last_owner(user: User, public_id: str) -> bool:
    key = ids.parse(Organization.prefix, public_id)
    assert key is not None
    with tenancy.within(key):
        others = Membership.objects.filter(organization_id=key, role=Role.OWNER, blocked_at=None).exclude(user=user)
        return not others.exists()
