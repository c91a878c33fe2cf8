"""Passwords: how good a new one is, and changing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from zxcvbn import zxcvbn

from plancia.accounts import activity, breaches, proofs, sessions
from plancia.accounts.activity import Action
from plancia.accounts.models import User
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal

LONGEST = 200
#: zxcvbn's scores go from 0 to 4; what falls to ten thousand guesses a second within a day is refused.
LEAST_SCORE = 2
#: More of a password than this says nothing new, and takes zxcvbn seconds. Source: zxcvbn's own advice.
_LOOKED_AT = 72


class PasswordUnfit(Refusal):
    """A new password is too short, too common, like the name, or guessed soon."""

    code = "password_unfit"
    sentence = "%(why)s"
    field = "new_password"


class PasswordSame(Refusal):
    """The new password is the present one."""

    code = "password_same"
    sentence = _("This is your present password.")
    field = "new_password"


@dataclass(frozen=True, slots=True)
class Strength:
    """How long a password would stand: a score from 0 to 4, in words, and what would help."""

    score: int
    label: str | Promise
    advice: str | Promise

    @property
    def is_enough(self) -> bool:
        return self.score >= LEAST_SCORE


_LABELS = (_("Very weak"), _("Weak"), _("Fair"), _("Good"), _("Strong"))
_ADVICE = _("A few words that belong to nobody else are easy to keep in mind and hard to guess.")


def strength(password: str, known: Sequence[str] = ()) -> Strength:
    """Estimate how long a password would stand against whoever knows the words in `known`."""
    score = zxcvbn(password[:_LOOKED_AT], user_inputs=[word for word in known if word])["score"] if password else 0
    return Strength(score, _LABELS[score], "" if score >= 3 else _ADVICE)


class StrengthValidator:
    """One of Django's validators of passwords: refuses what would be guessed soon, or goes on without end."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises: ValidationError."""
        if len(password) > LONGEST:
            raise ValidationError(_("Please keep the password under 200 characters."), code="password_too_long")
        known = [user.email, user.first_name, user.last_name] if user else []
        if not strength(password, known).is_enough:
            raise ValidationError([_("This password would be guessed soon."), _ADVICE], code="password_guessed_soon")

    def get_help_text(self) -> str:
        """Return what helps."""
        return str(_ADVICE)


class LeakValidator:
    """One of Django's validators of passwords: refuses what is known to have leaked."""

    def validate(self, password: str, user: User | None = None) -> None:
        """Raises: ValidationError."""
        if len(password) <= LONGEST and breaches.is_leaked(password):
            raise ValidationError(
                _("This password is in a list of leaked passwords. Please choose another one."), code="password_leaked"
            )

    def get_help_text(self) -> str:
        """Return what helps."""
        return str(_ADVICE)


def check(user: User, password: str) -> None:
    """
    Let pass a password that is long enough, hard to guess and not known to have leaked.

    Raises: PasswordUnfit.
    Source: SPEC 1.4; NIST SP 800-63B, 5.1.1.2; settings.AUTH_PASSWORD_VALIDATORS.
    """
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise PasswordUnfit(why=" ".join(refused.messages)) from None


@transaction.atomic
def change(
    *,
    user_id: UUID,
    password: str,
    new_password: str,
    keeps_sessions: bool,
    session_key: str | None,
    actor: Actor,
    agent: str,
    at: datetime,
) -> User:
    """
    Change the password. Other sessions end, unless the user keeps them.

    Raises: TooManyPasswords, PasswordWrong; PasswordSame; PasswordUnfit.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    proofs.ask(user, password, at=at)
    if new_password == password:
        raise PasswordSame()
    check(user, new_password)
    user.set_password(new_password)
    user.save(update_fields=["password"])
    if keeps_sessions:
        sessions.keep_all(user=user)
    else:
        sessions.end_all(user=user, except_key=session_key, at=at)
    activity.record(user, Action.PASSWORD_CHANGED, actor=actor, agent=agent, at=at)
    return user
