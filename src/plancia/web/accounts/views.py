"""
The account pages: signing up, in and out, and a new password.

The engine is allauth; each page is one of its views with a template of ours. Pages that are not here are not reachable.
"""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account import views as engine
from allauth.account.internal.flows.email_verification_by_code import EMAIL_VERIFICATION_CODE_SESSION_KEY
from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from plancia.accounts.models import User
from plancia.kit.guards import SignedInRequest, open_to_all, signed_in
from plancia.web.accounts import devices


class SignIn(engine.LoginView):  # type: ignore[misc]  # allauth has no types
    template_name = "account/sign_in.html"

    def get_initial(self) -> dict[str, Any]:
        """Fill in the address of the account that was chosen, of those that this browser remembers."""
        return {**super().get_initial(), "login": getattr(self._chosen, "email", "")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Offer the accounts that this browser remembers."""
        return {**super().get_context_data(**kwargs), "accounts": self._accounts, "chosen": self._chosen}

    @cached_property
    def _accounts(self) -> list[User]:
        return devices.accounts(devices.read(self.request))

    @property
    def _chosen(self) -> User | None:
        wanted = self.request.GET.get("account", "")
        if wanted == "other" or not self._accounts:
            return None
        return next((one for one in self._accounts if one.public_id == wanted), self._accounts[0])


class SignUp(engine.SignupView):  # type: ignore[misc]
    template_name = "account/sign_up.html"


class Code(engine.ConfirmEmailVerificationCodeView):  # type: ignore[misc]
    template_name = "account/code.html"
    extra_context = {"minutes": app_settings.EMAIL_VERIFICATION_BY_CODE_TIMEOUT // 60}


class SignOut(engine.LogoutView):  # type: ignore[misc]
    template_name = "account/sign_out.html"


class ForgottenPassword(engine.PasswordResetView):  # type: ignore[misc]
    template_name = "account/password_forgotten.html"


class PasswordLinkSent(engine.PasswordResetDoneView):  # type: ignore[misc]
    template_name = "account/password_link_sent.html"
    extra_context = {"hours": settings.PASSWORD_RESET_TIMEOUT // 3600}


class NewPassword(engine.PasswordResetFromKeyView):  # type: ignore[misc]
    template_name = "account/password_new.html"
    extra_context = {"hours": settings.PASSWORD_RESET_TIMEOUT // 3600}

    def render_to_response(self, context: dict[str, object], **kwargs: object) -> HttpResponse:
        """Answer 410 where the link was used before, is too old, or was cut by a mail program."""
        response: HttpResponse = super().render_to_response(context, **kwargs)
        if context.get("token_fail"):
            response.status_code = 410
        return response


class PasswordChanged(engine.PasswordResetFromKeyDoneView):  # type: ignore[misc]
    template_name = "account/password_changed.html"


class Closed(engine.AccountInactiveView):  # type: ignore[misc]
    template_name = "account/closed.html"


sign_in = open_to_all(SignIn.as_view())
sign_up = open_to_all(SignUp.as_view())
code = open_to_all(Code.as_view())
sign_out = open_to_all(SignOut.as_view())
password_forgotten = open_to_all(ForgottenPassword.as_view())
password_link_sent = open_to_all(PasswordLinkSent.as_view())
password_new = open_to_all(NewPassword.as_view())
password_changed = open_to_all(PasswordChanged.as_view())
closed = open_to_all(Closed.as_view())


@signed_in
def login_email(request: SignedInRequest) -> HttpResponse:
    """Lead on to the login e-mail in the profile: the engine sends there whoever has nothing to prove."""
    return redirect("profile-login-email")


@open_to_all
@require_POST
def another_address(request: HttpRequest) -> HttpResponse:
    """Leave the code page, and sign up again: the address was mistyped, or belongs to somebody else."""
    following = get_next_redirect_url(request)
    clear_login(request)
    request.session.pop(EMAIL_VERIFICATION_CODE_SESSION_KEY, None)
    address = reverse("account_signup")
    return redirect(f"{address}?{urlencode({'next': following})}" if following else address)


@open_to_all
@require_POST
def forget_account(request: HttpRequest) -> HttpResponse:
    """Let this browser forget an account that signed in on it."""
    response = redirect("account_login")
    devices.write(response, devices.read(request).without(request.POST.get("account", "")))
    return response
