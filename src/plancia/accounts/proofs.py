"""Proofs: whoever asks knows the password. Wrong ones are counted, and too many end the questions for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity
from plancia.accounts.activity import Action
from plancia.accounts.models import User
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal

#: So many wrong passwords in so much time, then none is looked at.
TRIES, WITHIN = 5, timedelta(minutes=15)


class PasswordWrong(Refusal):
    """The password is not the user's."""

    code = "password_wrong"
    sentence = _("This is not your password.")
    field = "password"


class TooManyPasswords(Refusal):
    """Too many wrong passwords in a short time."""

    code = "too_many_passwords"
    sentence = _("Too many wrong passwords. Please wait %(minutes)d minutes, or choose a new password by mail.")
    field = "password"


def is_exhausted(user: User, *, at: datetime) -> bool:
    """Say whether too many wrong passwords were typed of late."""
    return activity.count(user.pk, Action.PASSWORD_REFUSED, since=at - WITHIN) >= TRIES


def ask(user: User, password: str, *, at: datetime) -> None:
    """
    Let pass who knows the password. Who refuses is to count it (`note_wrong`), as a refusal undoes what is written.

    Raises: TooManyPasswords; PasswordWrong.
    """
    if is_exhausted(user, at=at):
        raise TooManyPasswords(minutes=WITHIN // timedelta(minutes=1))
    if not user.check_password(password):
        raise PasswordWrong()


def note_wrong(user: User, *, actor: Actor, agent: str, at: datetime) -> None:
    """Count a wrong password."""
    activity.record(user, Action.PASSWORD_REFUSED, actor=actor, agent=agent, at=at)
