"""Login e-mail: changing the address that a user signs in with, once mail to the new one has reached her."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.utils import IntegrityError
from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity, addresses, keys, proofs, sessions
from plancia.accounts.activity import Action
from plancia.accounts.addresses import Purpose
from plancia.accounts.models import AddressChange, User
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal

#: A link that proves an address is good for so long.
PROOF_LASTS = timedelta(hours=24)
#: How often in so much time we say that an address is taken: more would be asking for others' addresses.
TAKEN_TOLD, TAKEN_WITHIN = 5, timedelta(hours=24)


class LoginEmailSame(Refusal):
    """The address is the present one."""

    code = "login_email_same"
    sentence = _("You sign in with this address already.")
    field = "email"


class LoginEmailIsRecovery(Refusal):
    """The address is the user's recovery e-mail: whoever gets into one mailbox would have both keys."""

    code = "login_email_is_recovery"
    sentence = _("This is your recovery e-mail. Please choose another recovery e-mail first, or another login e-mail.")
    field = "email"


class LoginEmailTaken(Refusal):
    """Another user signs in with the address. Said to those only who know their own password."""

    code = "login_email_taken"
    sentence = _("Another account signs in with this address.")
    field = "email"


class TooManyAddresses(Refusal):
    """Somebody tries many addresses: perhaps to learn who has an account."""

    code = "too_many_addresses"
    sentence = _("You have tried several addresses that are taken. Please go on tomorrow.")
    field = "email"


class LinkSpent(Refusal):
    """A link was used, is too old, was replaced by a newer one, or was never ours."""

    code = "link_spent"
    sentence = _("This link does not work any more: it was used, it is too old, or a newer one took its place.")


@transaction.atomic
def ask(
    *, user_id: UUID, email: str, password: str, actor: Actor, agent: str, at: datetime
) -> tuple[AddressChange, str]:
    """
    Begin to change the login e-mail; return the change, and the key of the link that proves the new address.

    Nothing changes until the link is used. An earlier wish is forgotten.

    Raises: TooManyPasswords, PasswordWrong; AddressUndeliverable; LoginEmailSame; LoginEmailIsRecovery;
        TooManyAddresses, LoginEmailTaken (which the caller notes with `note_taken`).
    Source: SPEC 1.3.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user_id)
    proofs.ask(user, password, at=at)
    address = addresses.tidy(email)
    if address == user.email.lower():
        raise LoginEmailSame()
    if address == user.recovery_email.lower():
        raise LoginEmailIsRecovery()
    if activity.count(user.pk, Action.LOGIN_EMAIL_TAKEN, since=at - TAKEN_WITHIN) >= TAKEN_TOLD:
        raise TooManyAddresses()
    if _is_taken(address, by_others_than=user):
        raise LoginEmailTaken()

    key = keys.new()
    _open_wishes(user, Purpose.LOGIN).delete()
    change = AddressChange.objects.create(
        user=user,
        purpose=Purpose.LOGIN,
        old_email=user.email,
        new_email=address,
        proof_hash=keys.hashed(key),
        asked_at=at,
        expires_at=at + PROOF_LASTS,
    )
    activity.record(user, Action.LOGIN_EMAIL_ASKED, actor=actor, agent=agent, at=at, email=address)
    return change, key


def note_taken(user: User, *, actor: Actor, agent: str, at: datetime) -> None:
    """Count that somebody was told of an address that it is taken."""
    activity.record(user, Action.LOGIN_EMAIL_TAKEN, actor=actor, agent=agent, at=at)


def pending(user: User, *, at: datetime) -> AddressChange | None:
    """Return the change that waits for its proof."""
    found: AddressChange | None = _open_wishes(user, Purpose.LOGIN).filter(expires_at__gt=at).first()
    return found


@transaction.atomic
def withdraw(*, user: User) -> None:
    """Forget a change that waits for its proof."""
    _open_wishes(user, Purpose.LOGIN).delete()


def look_up(key: str, *, purpose: Purpose = Purpose.LOGIN, at: datetime) -> AddressChange:
    """
    Return the change whose new address a link proves, without doing anything.

    Raises: LinkSpent.
    """
    change = AddressChange.objects.select_related("user").filter(proof_hash=keys.hashed(key), purpose=purpose).first()
    if change is None or change.done_at or change.expires_at <= at or not change.user.is_active:
        raise LinkSpent()
    assert isinstance(change, AddressChange)
    return change


@transaction.atomic
def prove(*, key: str, actor: Actor, agent: str, at: datetime) -> tuple[AddressChange, str]:
    """
    Let a user sign in with the new address from now on; return the change, and the key that undoes it.

    Raises: LinkSpent; LoginEmailTaken, when somebody was quicker.
    """
    found = look_up(key, at=at)
    # The user's row is the lock: a link that is used twice at once is served one after the other.
    user = User.objects.select_for_update(no_key=True).get(pk=found.user_id)
    change = look_up(key, at=at)
    undo = keys.new()
    _sign_in_with(user, change.new_email)
    change.finish(at=at)
    change.promise_undo(undo_hash=keys.hashed(undo), until=at + settings.LOGIN_EMAIL_UNDO)
    activity.record(
        user, Action.LOGIN_EMAIL_CHANGED, actor=actor, agent=agent, at=at, before=change.old_email, now=change.new_email
    )
    return change, undo


def look_up_undo(key: str, *, at: datetime) -> AddressChange:
    """
    Return the change that a link undoes, without doing anything.

    Raises: LinkSpent.
    """
    change = AddressChange.objects.select_related("user").filter(undo_hash=keys.hashed(key)).first()
    if change is None or change.undone_at or change.undo_until is None or change.undo_until <= at:
        raise LinkSpent()
    assert isinstance(change, AddressChange)
    return change


@transaction.atomic
def undo(*, key: str, actor: Actor, agent: str, at: datetime) -> User:
    """
    Give a user her old login e-mail back, from a link that only the old mailbox has got.

    Whoever changed it knew the password: all sessions end, and the password is void until she chooses a new one.
    Later changes are undone with it.

    Raises: LinkSpent; LoginEmailTaken, when somebody else signed up with the old address meanwhile.
    """
    found = look_up_undo(key, at=at)
    user = User.objects.select_for_update(no_key=True).get(pk=found.user_id)
    change = look_up_undo(key, at=at)
    _sign_in_with(user, change.old_email)
    user.set_unusable_password()
    user.save(update_fields=["password"])
    change.undo(at=at)
    _open_wishes(user, Purpose.LOGIN).delete()
    later = AddressChange.objects.filter(user=user, purpose=Purpose.LOGIN, done_at__gt=change.done_at, undone_at=None)
    later.update(undone_at=at)
    sessions.end_all(user=user, at=at)
    activity.record(user, Action.LOGIN_EMAIL_RESTORED, actor=actor, agent=agent, at=at, now=change.old_email)
    return user


def _open_wishes(user: User, purpose: Purpose):  # type: ignore[no-untyped-def]  # a queryset
    return AddressChange.objects.filter(user=user, purpose=purpose, done_at=None)


def _is_taken(address: str, *, by_others_than: User) -> bool:
    return (
        User.objects.filter(email__iexact=address).exclude(pk=by_others_than.pk).exists()
        or EmailAddress.objects.filter(email__iexact=address).exclude(user=by_others_than).exists()
    )


def _sign_in_with(user: User, address: str) -> None:
    if _is_taken(address, by_others_than=user):
        raise LoginEmailTaken()
    user.email = address
    try:
        with transaction.atomic():
            user.save(update_fields=["email"])
            EmailAddress.objects.filter(user=user).delete()
            EmailAddress.objects.create(user=user, email=address, verified=True, primary=True)
    except IntegrityError:
        raise LoginEmailTaken() from None
