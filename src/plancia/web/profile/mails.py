"""Mails of the profile that carry a link nobody else may have: written here, as no fact may hold it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.urls import reverse

from plancia.accounts import login_email
from plancia.accounts.addresses import Purpose
from plancia.accounts.models import AddressChange, User
from plancia.kernel import clock
from plancia.notices import composing, outgoing
from plancia.organizations.queries import Recipient


def prove_address(change: AddressChange, key: str) -> None:
    """Send the link that proves an address to that address."""
    is_login = change.purpose == Purpose.LOGIN
    page = "profile-login-email-proof" if is_login else "profile-recovery-email-proof"
    _write(
        "prove_address",
        change.new_email,
        change.user,
        {
            "is_login": is_login,
            "address": change.new_email,
            "hours": login_email.PROOF_LASTS // timedelta(hours=1),
            "url": settings.BASE_URL + reverse(page, kwargs={"key": key}),
        },
    )


def login_email_changed(change: AddressChange, key: str) -> None:
    """Tell the old address that it is one no more, with the link that undoes it."""
    _write(
        "login_email_changed",
        change.old_email,
        change.user,
        {
            "before": change.old_email,
            "now": change.new_email,
            "hours": settings.LOGIN_EMAIL_UNDO // timedelta(hours=1),
            "url": settings.BASE_URL + reverse("profile-login-email-undo", kwargs={"key": key}),
        },
    )


def _write(name: str, address: str, user: User, context: dict[str, object]) -> None:
    mail = composing.compose(name, Recipient(address, user.name, user.language), context)
    outgoing.write_down([mail], at=clock.now())
