"""The forms of the account pages: what is asked, and how a wrong answer is explained."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as engine
from allauth.account.internal import flows
from allauth.mfa.base import forms as second_factor
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.utils import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from plancia.accounts import addresses, names, passwords
from plancia.accounts.models import User
from plancia.kernel import transaction

PASSWORD_RULE = _("At least 10 characters. A few words that belong to nobody else are easy to keep in mind.")
_LONGEST_PASSWORD, _LONGEST_ADDRESS = passwords.LONGEST, addresses.LONGEST


class NameField(forms.CharField):
    """A name, kept in one line and free of what cannot be seen."""

    def __init__(self, *, label: Any, autocomplete: str) -> None:
        super().__init__(
            label=label,
            max_length=names.LONGEST,
            widget=forms.TextInput(attrs={"autocomplete": autocomplete}),
            error_messages={
                "max_length": _("Please keep it under %(limit_value)d characters; this has %(show_value)d.")
            },
        )

    def to_python(self, value: Any) -> str:
        return names.tidy(super().to_python(value) or "")


class _Worded(forms.Form):
    """Our words for the fields that the engine makes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in ("email", "login"):
                field.label = _("E-mail address")
                # A login is an address and nothing else; browsers then offer the right keyboard and memory.
                field.widget.attrs |= {"autocomplete": "username" if name == "login" else "email"}
                # The engine would cut a longer one to the column's size, and keep somebody else's address.
                field.validators.append(MaxLengthValidator(_LONGEST_ADDRESS))
            if name.startswith("password"):
                field.widget.attrs["maxlength"] = _LONGEST_PASSWORD
                field.validators.append(_not_endless)


def _not_endless(password: str) -> None:
    if len(password) > _LONGEST_PASSWORD:
        raise ValidationError(_("Please keep the password under 200 characters."), code="password_too_long")


class SignInForm(_Worded, engine.LoginForm):  # type: ignore[misc]  # allauth has no types
    """E-mail address and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""


class SignUpForm(_Worded, engine.SignupForm):  # type: ignore[misc]  # allauth has no types
    """Who you are, and how you want to sign in."""

    first_name = NameField(label=_("First name"), autocomplete="given-name")
    last_name = NameField(label=_("Last name"), autocomplete="family-name")

    field_order = ["first_name", "last_name", "email", "password1"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("Password")
        self.fields["password1"].help_text = PASSWORD_RULE

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        # The engine has compared the password with the address; the names are ours.
        if password := cleaned.get("password1"):
            try:
                validate_password(
                    password, User(first_name=cleaned.get("first_name", ""), last_name=cleaned.get("last_name", ""))
                )
            except ValidationError as refused:
                self.add_error("password1", refused)
        return cleaned

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Make the account; where the address is taken, answer the same and write to its owner instead."""
        if self.account_already_exists:
            # Hashing a password takes a while; an answer that comes sooner would tell what the page does not.
            make_password(self.cleaned_data["password1"])
            return self._as_if_new(request)
        try:
            with transaction.atomic():
                return self.save(request), None
        except IntegrityError:
            # The same address signed up at the same time, and was quicker.
            return self._as_if_new(request)

    def _as_if_new(self, request: HttpRequest) -> tuple[None, HttpResponse]:
        return None, flows.signup.prevent_enumeration(request, email=self.cleaned_data["email"])


class CodeForm(engine.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]  # allauth has no types
    """The code of the mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget.attrs = {
            "autocomplete": "one-time-code",
            "autocapitalize": "characters",
            "spellcheck": "false",
            "maxlength": 20,
        }


class ForgottenPasswordForm(_Worded, engine.ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """The address to write to: a login e-mail, or a recovery e-mail."""

    def clean_email(self) -> str:
        email = str(super().clean_email())
        found: list[User] = list(self.users)  # type: ignore[has-type]  # set by the engine
        recovered = User.objects.filter(recovery_email__iexact=email, is_active=True)
        self.users = found + list(recovered.exclude(pk__in=[user.pk for user in found]).order_by("pk")[:5])
        return email


class NewPasswordForm(_Worded, engine.ResetPasswordKeyForm):  # type: ignore[misc]  # allauth has no types
    """A new password, typed once: it can be looked at, and can be asked for again."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["password2"]
        self.fields["password1"].label = _("New password")
        self.fields["password1"].help_text = PASSWORD_RULE


class ProofByPasswordForm(_Worded, engine.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The password again, before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].label = _("Your password")


class _CodeOnly(forms.Form):
    """One field for a code of six digits, or one of the recovery codes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code")
        self.fields["code"].widget.attrs = {
            "autocomplete": "one-time-code",
            "spellcheck": "false",
            "maxlength": 20,
        }


class SecondFactorForm(_CodeOnly, second_factor.AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The code of the authenticator app, or a recovery code."""


class ProofByCodeForm(_CodeOnly, second_factor.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The same, before something that matters."""


class AuthenticatorAppForm(_CodeOnly, totp.ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """The first code of a new authenticator app, which shows that it works."""


class PasskeyForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A new passkey, and what to call it. Every passkey signs in by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["passwordless"]
        self.fields["name"].label = _("Name of the passkey")
        self.fields["name"].required = False
        self.fields["name"].widget.attrs = {"maxlength": 60}
        self.fields["name"].validators.append(MaxLengthValidator(60))
