"""Recovery: how a user gets in when her login e-mail or her second factor is out of reach."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import phonenumbers
from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity, addresses, keys, login_email, proofs
from plancia.accounts.activity import Action
from plancia.accounts.addresses import Purpose
from plancia.accounts.models import AddressChange, User
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal


class RecoveryIsLogin(Refusal):
    """The recovery e-mail has to be another than the login e-mail."""

    code = "recovery_is_login"
    sentence = _("This is your login e-mail. A recovery e-mail helps only if it is another one.")
    field = "email"


class PhoneUnknown(Refusal):
    """No such telephone number can exist."""

    code = "phone_unknown"
    sentence = _("This is not a telephone number. Please write it with the country, like +41 91 000 00 00.")
    field = "phone"


@transaction.atomic
def ask_email(
    *, user_id: UUID, email: str, password: str, actor: Actor, agent: str, at: datetime
) -> tuple[AddressChange, str]:
    """
    Begin to use another recovery e-mail; return the change, and the key of the link that proves the address.

    Raises: TooManyPasswords, PasswordWrong; AddressUndeliverable; RecoveryIsLogin.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    proofs.ask(user, password, at=at)
    address = addresses.tidy(email)
    if address == user.email.lower():
        raise RecoveryIsLogin()
    key = keys.new()
    AddressChange.objects.filter(user=user, purpose=Purpose.RECOVERY, done_at=None).delete()
    change = AddressChange.objects.create(
        user=user,
        purpose=Purpose.RECOVERY,
        old_email=user.recovery_email,
        new_email=address,
        proof_hash=keys.hashed(key),
        asked_at=at,
        expires_at=at + login_email.PROOF_LASTS,
    )
    activity.record(user, Action.RECOVERY_EMAIL_ASKED, actor=actor, agent=agent, at=at, email=address)
    return change, key


@transaction.atomic
def prove_email(*, key: str, actor: Actor, agent: str, at: datetime) -> AddressChange:
    """
    Use the recovery e-mail that a link proves.

    Raises: LinkSpent; RecoveryIsLogin, when it became the login e-mail meanwhile.
    """
    found = login_email.look_up(key, purpose=Purpose.RECOVERY, at=at)
    user = User.objects.select_for_update(no_key=True).get(pk=found.user_id)
    change = login_email.look_up(key, purpose=Purpose.RECOVERY, at=at)
    if change.new_email == user.email.lower():
        raise RecoveryIsLogin()
    user.recovery_email = change.new_email
    user.save(update_fields=["recovery_email"])
    change.finish(at=at)
    activity.record(user, Action.RECOVERY_EMAIL_CHANGED, actor=actor, agent=agent, at=at, email=change.new_email)
    return change


@transaction.atomic
def remove_email(*, user_id: UUID, password: str, actor: Actor, agent: str, at: datetime) -> None:
    """
    Do without a recovery e-mail.

    Raises: TooManyPasswords, PasswordWrong.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    proofs.ask(user, password, at=at)
    user.recovery_email = ""
    user.save(update_fields=["recovery_email"])
    AddressChange.objects.filter(user=user, purpose=Purpose.RECOVERY, done_at=None).delete()
    activity.record(user, Action.RECOVERY_EMAIL_CHANGED, actor=actor, agent=agent, at=at)


@transaction.atomic
def set_phone(*, user_id: UUID, phone: str, password: str, actor: Actor, agent: str, at: datetime) -> None:
    """
    Keep a telephone number at which support can reach the user; "" keeps none.

    Raises: TooManyPasswords, PasswordWrong; PhoneUnknown.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    proofs.ask(user, password, at=at)
    user.recovery_phone = _tidy_phone(phone) if phone.strip() else ""
    user.save(update_fields=["recovery_phone"])
    activity.record(user, Action.RECOVERY_PHONE_CHANGED, actor=actor, agent=agent, at=at)


def _tidy_phone(text: str) -> str:
    try:
        number = phonenumbers.parse(text, None)
    except phonenumbers.NumberParseException:
        raise PhoneUnknown() from None
    if not phonenumbers.is_valid_number(number):
        raise PhoneUnknown()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def shown_phone(number: str) -> str:
    """Return a number as people write it."""
    if not number:
        return ""
    return phonenumbers.format_number(phonenumbers.parse(number, None), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
