"""How allauth, the engine of sign-in, asks us."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from allauth.core import context as allauth_context
from allauth.core.internal import ratelimit
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from plancia.accounts import activity, guessing, sessions
from plancia.accounts.activity import Action
from plancia.accounts.guessing import Limit
from plancia.accounts.models import User
from plancia.kernel import clock, tenancy
from plancia.kernel.actors import Actor, ActorKind
from plancia.kit import guards
from plancia.notices import composing, outgoing
from plancia.organizations.queries import Recipient
from plancia.web.accounts import devices
from plancia.web.shop import visitor

#: What the engine tells of, by the name of the mail it would send.
_TOLD_BY_ENGINE = {
    "password_reset": Action.PASSWORD_CHANGED,
    "webauthn_added": Action.PASSKEY_ADDED,
    "webauthn_removed": Action.PASSKEY_REMOVED,
    "recovery_codes_generated": Action.RECOVERY_CODES_MADE,
}
#: An account's user is told of guessing once in so much time.
_TOLD_AGAIN_AFTER_SECONDS = 3600

#: allauth's name of a mail, and ours; it sends no other.
MAILS = {
    "account/email/email_confirmation_signup": "confirmation_code",
    "account/email/email_confirmation": "confirmation_code",
    "account/email/account_already_exists": "account_exists",
    "account/email/unknown_account": "account_unknown",
    "account/email/password_reset_key": "password_forgotten",
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Our rules, our words and our mails."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed."),
        "email_password_mismatch": _("E-mail address and password do not match."),
        "incorrect_code": _("This is not the code we sent. Please look at the newest mail."),
        "too_many_login_attempts": _("Too many attempts. Please wait a few minutes and try again."),
        "rate_limited": _("That was quick. Please wait a moment and try again."),
    }

    def new_user(self, request: HttpRequest) -> User:
        """Begin a user who signs up now, in the language of the page."""
        return User(joined_at=clock.now(), language=translation.get_language() or settings.LANGUAGE_CODE)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Answer with pages only."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return whom rate limits count."""
        return guards.client_ip(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count wrong passwords by account, and apart for a device that the account has signed in on before."""
        user = _user_of(request, credentials)
        key = str(super()._get_login_attempts_cache_key(request, **credentials))
        device = devices.read(request)
        return f"{key}:{device.id}" if user and device.knows(user) else key

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Stop who guesses before anything is computed, and tell the user that it happens."""
        # The engine takes it back under this name when the password was right.
        self._login_failed_rl_usage = guessing.begin(self._limits(request, **credentials), at=clock.now())
        if self._login_failed_rl_usage.is_refused:
            user = _user_of(request, credentials)
            if user and cache.add(f"guessing-told:{user.pk}", True, _TOLD_AGAIN_AFTER_SECONDS):
                record(request, user, Action.SIGN_IN_LOCKED)
            raise self.validation_error("too_many_login_attempts")

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Forget the wrong passwords before a new one was chosen by mail."""
        guessing.clear(self._limits(request, **credentials))

    def _limits(self, request: HttpRequest, **credentials: Any) -> list[Limit]:
        asked = {"app": "allauth.account", "action": "login_failed"}
        key = self._get_login_attempts_cache_key(request, **credentials)
        return [
            Limit(
                ratelimit.get_cache_key(request, **asked, rate=rate, key=key),
                rate.amount,
                timedelta(seconds=rate.duration),
            )
            for rate in ratelimit.get_rates(**asked)
        ]

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Let the user read that somebody typed a wrong password."""
        if user := _user_of(request, credentials):
            record(request, user, Action.SIGN_IN_FAILED)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Write the sign-in down, tell of a device that is new, and remember the device."""
        response: HttpResponse = super().post_login(request, user, **kwargs)
        tenancy.enter_user(user.pk)
        device = devices.read(request)
        is_known = kwargs["signup"] or device.knows(user)
        action = Action.SIGNED_UP if kwargs["signup"] else Action.SIGNED_IN
        record(request, user, action if is_known else Action.SIGNED_IN_FROM_NEW_DEVICE)
        devices.write(response, device.with_account(user))
        visitor.recognize(request, user)
        sessions.begin(request, user, ip=guards.client_ip(request), at=clock.now())
        return response

    def send_notification_mail(self, template_prefix: str, user: User, *args: Any, **kwargs: Any) -> None:
        """Write down what the engine tells of; the mail follows from that."""
        action = _TOLD_BY_ENGINE.get(template_prefix.rpartition("/")[2])
        if action is Action.PASSWORD_CHANGED:
            sessions.end_all(user=user, at=clock.now())
        if action:
            record(allauth_context.request, user, action)

    def logout(self, request: HttpRequest) -> None:
        """End the session, in the apps that were signed in to with it, too."""
        if request.user.is_authenticated:
            sessions.end_this(user=request.user, sid=request.session.get(sessions.SID, ""), at=clock.now())
        kept = visitor.kept(request)
        super().logout(request)
        visitor.restore(request, kept)

    def add_message(self, *args: Any, message: str | None = None, **kwargs: Any) -> None:
        """Tell what went wrong; a page that says what happened needs no second voice."""
        if message:
            super().add_message(*args, message=message, **kwargs)

    def is_safe_url(self, url: str | None) -> bool:
        """Tell whether to lead a visitor on to an address: one that cannot be read is none."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Return the link of a mail: the host is the provider's setting, never what the browser claims."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.BASE_URL + path.replace("UID-KEY", key)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write a mail down, in the language of the person, or of the page where there is none."""
        user = context.get("user")
        recipient = Recipient(
            email=email,
            name="",
            language=user.language if user else translation.get_language() or settings.LANGUAGE_CODE,
        )
        mail = composing.compose(
            MAILS[template_prefix],
            recipient,
            {
                "code": context.get("code", ""),
                "password_reset_url": context.get("password_reset_url", ""),
                "email": email,
                "following": _following(),
                "hours": settings.PASSWORD_RESET_TIMEOUT // 3600,
            },
        )
        outgoing.write_down([mail], at=clock.now())


def _following() -> str:
    """Return "?next=…" for the links of a mail, where the visitor was on her way somewhere."""
    following = get_next_redirect_url(allauth_context.request)
    return "?" + urlencode({"next": following}) if following else ""


def _user_of(request: HttpRequest, credentials: dict[str, Any]) -> User | None:
    """Return whose address was typed; asked several times of one request, looked up once."""
    address = credentials.get("email") or ""
    known: dict[str, User | None] = request.__dict__.setdefault("_users_of_addresses", {})
    if address and address not in known:
        known[address] = User.objects.filter(email__iexact=address, is_active=True).first()
    return known.get(address)


def record(request: HttpRequest, user: User, action: Action) -> None:
    """Write down what happened to an account on one of the engine's pages."""
    actor = Actor(ActorKind.USER, user.name, user_id=user.pk, ip=guards.client_ip(request))
    activity.record(user, action, actor=actor, agent=request.headers.get("User-Agent", ""), at=clock.now())
