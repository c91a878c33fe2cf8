"""Who asks, for the use cases of accounts; and how their refusals are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib.auth import update_session_auth_hash
from django.forms import BaseForm

from plancia.accounts import proofs, sessions
from plancia.accounts.models import User
from plancia.kernel import clock
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit import guards
from plancia.kit.guards import SignedInRequest

Result = TypeVar("Result")


def who(request: Any) -> dict[str, Any]:
    """Return what every use case of accounts wants to know: who asks, with what, and when."""
    return {
        "actor": guards.actor(request),
        "agent": request.headers.get("User-Agent", ""),
        "at": clock.now(),
    }


def attempt(
    request: SignedInRequest, form: BaseForm, use_case: Callable[..., Result], **arguments: Any
) -> Result | None:
    """Do what a form asks, as its user; show a refusal at its field and return None. Wrong passwords are counted."""
    try:
        return use_case(user_id=request.user.pk, **arguments, **who(request))
    except proofs.PasswordWrong as refusal:
        proofs.note_wrong(request.user, **who(request))
        kit_forms.tell(form, refusal)
    except Refusal as refusal:
        kit_forms.tell(form, refusal)
    return None


def stay_signed_in(request: SignedInRequest, user: User) -> None:
    """Let the present session go on under a new key, after the password has changed."""
    update_session_auth_hash(request, user)
    sessions.begin(request, user, ip=guards.client_ip(request), at=clock.now())
