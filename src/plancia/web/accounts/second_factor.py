"""
The second factor: passkeys, authenticator app, recovery codes; and the proof of who asks, again.

The engine is allauth.mfa; each page is one of its views with a template of ours.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from allauth.account import views as account_engine
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base import views as engine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from plancia.accounts import agents
from plancia.accounts.activity import Action
from plancia.accounts.models import User
from plancia.billing import parties
from plancia.kit.guards import SignedInRequest, open_to_all, signed_in
from plancia.web.accounts import adapter


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Our words; and secrets that a copy of the database does not tell."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is not right, or was used already."),
    }

    def encrypt(self, text: str) -> str:
        """Encrypt a secret under the installation's key."""
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return what `encrypt` was given."""
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def _get_site_name(self) -> str:
        return parties.seller().name

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """Name a passkey after the browser that makes it."""
        return agents.name(self.request.headers.get("User-Agent", "")) or gettext("Passkey")


def _cipher() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"second factor {settings.SECRET_KEY}".encode()).digest()))


class AskCode(engine.AuthenticateView):  # type: ignore[misc]  # allauth has no types
    template_name = "account/second_factor.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Hand the browser what a passkey needs to know."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        user = self.stage.login.user
        has = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        context |= {"has_passkey": "webauthn" in has, "has_codes": bool(has - {"webauthn"})}
        return context | {"options": json.dumps(context["js_data"]["request_options"])}


class AddApp(totp.ActivateTOTPView):  # type: ignore[misc]
    template_name = "profile/totp.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """Write it down here: the engine tells of it when the request is over."""
        adapter.record(self.request, self.request.user, Action.TOTP_ADDED)
        response: HttpResponse = super().form_valid(form)
        return response


class RemoveApp(totp.DeactivateTOTPView):  # type: ignore[misc]
    template_name = "profile/totp_removal.html"
    success_url = reverse_lazy("profile-security")

    def form_valid(self, form: Any) -> HttpResponse:
        """Write it down here: the engine tells of it when the request is over."""
        adapter.record(self.request, self.request.user, Action.TOTP_REMOVED)
        response: HttpResponse = super().form_valid(form)
        return response

    def get_form_kwargs(self) -> dict[str, Any]:
        """Show the page first; the engine would look at an empty answer."""
        kwargs: dict[str, Any] = super().get_form_kwargs()
        if self.request.method != "POST":
            kwargs.pop("data", None)
        return kwargs


class Codes(codes.ViewRecoveryCodesView):  # type: ignore[misc]
    template_name = "profile/codes.html"


class NewCodes(codes.GenerateRecoveryCodesView):  # type: ignore[misc]
    template_name = "profile/codes_new.html"


class DownloadCodes(codes.DownloadRecoveryCodesView):  # type: ignore[misc]
    template_name = "profile/codes.txt"


class AddPasskey(webauthn.AddWebAuthnView):  # type: ignore[misc]
    template_name = "profile/passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Ask for a key that the device can find by itself: every passkey signs in without a password."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"options": json.dumps(auth.begin_registration(self.request.user, True))}


class RemovePasskey(webauthn.RemoveWebAuthnView):  # type: ignore[misc]
    template_name = "profile/passkey_removal.html"
    success_url = reverse_lazy("profile-security")


class SignInWithPasskey(webauthn.LoginWebAuthnView):  # type: ignore[misc]
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Hand the browser a challenge."""
        response = JsonResponse(auth.begin_authentication(None))
        response.headers["Cache-Control"] = "no-store"
        return response


class Proof(account_engine.ReauthenticateView):  # type: ignore[misc]
    template_name = "account/proof.html"


class ProofByCode(engine.ReauthenticateView):  # type: ignore[misc]
    template_name = "account/proof.html"


class ProofByPasskey(webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]
    template_name = "account/proof_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Hand the browser what a passkey needs to know."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"options": json.dumps(context["js_data"]["request_options"])}


ask_code = open_to_all(AskCode.as_view())
sign_in_with_passkey = open_to_all(SignInWithPasskey.as_view())
add_app = signed_in(AddApp.as_view())
remove_app = signed_in(RemoveApp.as_view())
show_codes = signed_in(Codes.as_view())
new_codes = signed_in(NewCodes.as_view())
download_codes = signed_in(DownloadCodes.as_view())
add_passkey = signed_in(AddPasskey.as_view())
remove_passkey = signed_in(RemovePasskey.as_view())
proof = signed_in(Proof.as_view())
proof_by_code = signed_in(ProofByCode.as_view())
proof_by_passkey = signed_in(ProofByPasskey.as_view())


@signed_in
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """Lead to the page about security: the engine has pages of its own for it."""
    return redirect("profile-security")
