"""
Passwords of mailboxes: one for both with the account, or their own.

Mail servers check them by SQL, so their hashes are what such servers read: argon2id at the cost that OWASP names.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import argon2
from django.utils.translation import gettext_lazy as _

from plancia.accounts import passwords
from plancia.accounts.models import User
from plancia.audit import trail
from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.mailboxes.models import Mailbox

# 19 MiB, two passes, one lane. Source: OWASP, password storage; a mail server checks many at once.
_hasher = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class MailboxElsewhere(Refusal):
    """Only the mailbox whose address is the login e-mail can share the password of the account."""

    code = "mailbox_elsewhere"
    sentence = _("Only the mailbox of your login e-mail can have the same password as your account.")


def of_login(user: User) -> Mailbox | None:
    """Return the mailbox whose address is the login e-mail of its user, where it is hosted here."""
    found: Mailbox | None = Mailbox.objects.filter(user=user, address__iexact=user.email, closed_at=None).first()
    return found


@transaction.atomic
def change(*, mailbox_id: UUID, new_password: str, actor: Actor, at: datetime) -> Mailbox:
    """
    Let a mailbox be opened with another password, and with no other; it is no longer that of the account.

    Raises: PasswordUnfit.
    """
    mailbox: Mailbox = Mailbox.objects.locked().get(pk=mailbox_id, closed_at=None)
    passwords.check(User(email=mailbox.address, first_name=mailbox.name), new_password)
    mailbox.open_with(_hasher.hash(new_password), is_unified=False)
    _record(mailbox, "mailbox.password_changed", actor=actor, at=at)
    return mailbox


@transaction.atomic
def unify(*, user_id: UUID, mailbox_id: UUID) -> None:
    """
    Let the next password of the account be that of the mailbox, too, and all that follow.

    Raises: MailboxElsewhere.
    """
    user = User.objects.get(pk=user_id)
    mailbox: Mailbox = Mailbox.objects.locked().get(pk=mailbox_id, closed_at=None)
    if mailbox.user_id != user.pk or mailbox.address.lower() != user.email.lower():
        raise MailboxElsewhere()
    mailbox.open_with(mailbox.password_hash, is_unified=True)


@transaction.atomic
def separate(*, mailbox_id: UUID) -> None:
    """Let a mailbox keep the password that it has."""
    mailbox: Mailbox = Mailbox.objects.locked().get(pk=mailbox_id, closed_at=None)
    mailbox.separate()


class UnifiedMailbox:
    """
    Not a judge: Django tells its validators of every password that was kept, by whichever page.

    So that a mailbox that shares the password of the account gets each new one in the same transaction.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        """Allow anything."""

    def password_changed(self, password: str, user: User) -> None:
        """Let the new password open the mailbox that shares it."""
        # Who has never signed in has chosen nothing of the kind; a sign-up costs as much as one that is refused.
        if user.last_login is None or not transaction.connection().in_atomic_block:
            return
        # Who chose a new password by a link of a mail is not signed in.
        tenancy.enter_user(user.pk)
        for mailbox in Mailbox.objects.filter(user=user, is_unified=True, closed_at=None):
            mailbox.open_with(_hasher.hash(password), is_unified=True)

    def get_help_text(self) -> str:
        """Say nothing."""
        return ""


def _record(mailbox: Mailbox, action: str, *, actor: Actor, at: datetime) -> None:
    with tenancy.within(mailbox.organization_id):
        trail.record(
            actor, action, mailbox.public_id, organization_id=mailbox.organization_id, at=at, address=mailbox.address
        )
