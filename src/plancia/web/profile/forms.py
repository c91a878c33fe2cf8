"""What people type in their profile."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from plancia.accounts import addresses, passwords
from plancia.accounts.api_tokens import Scope
from plancia.accounts.models import User
from plancia.support.feedback import Cause
from plancia.web.accounts.forms import PASSWORD_RULE, NameField
from plancia.web.shell import LANGUAGE_NAMES


class PasswordField(forms.CharField):
    """The present password, as a proof of who asks."""

    def __init__(self, *, label: Any = "", autocomplete: str = "current-password", **kwargs: Any) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete, "maxlength": passwords.LONGEST})
        super().__init__(label=label or _("Your password"), strip=False, widget=widget, **kwargs)


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]  # Django subscripts it for types only
    """Who the user is."""

    first_name = NameField(label=_("First name"), autocomplete="given-name")
    last_name = NameField(label=_("Last name"), autocomplete="family-name")

    class Meta:
        model = User
        fields = ("first_name", "last_name", "language")
        labels = {"language": _("Language")}
        widgets = {
            "language": forms.Select(
                choices=[(code, LANGUAGE_NAMES.get(code, name)) for code, name in settings.LANGUAGES]
            )
        }

    def clean_language(self) -> str:
        """Return one of the languages that we speak."""
        language: str = self.cleaned_data["language"]
        if language not in dict(settings.LANGUAGES):
            raise forms.ValidationError(_("Please choose one of the languages."), code="language_unknown")
        return language


class _AddressForm(forms.Form):
    # Not an EmailField: what is wrong with an address is said by one function, the same everywhere.
    email = forms.CharField(
        max_length=addresses.LONGEST,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
    )
    password = PasswordField()


class LoginEmailForm(_AddressForm):
    """Another address to sign in with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("New login e-mail")
        self.fields["email"].help_text = _(
            "We write to it first; nothing changes until you open the link of that mail."
        )


class RecoveryEmailForm(_AddressForm):
    """Another recovery address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Recovery e-mail")
        self.fields["email"].help_text = _(
            "An address of another provider. We write to it when the first is out of reach."
        )


class RecoveryPhoneForm(forms.Form):
    """A telephone number for recovery."""

    phone = forms.CharField(
        label=_("Recovery phone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
        help_text=_("With the country, like +41 91 000 00 00. Leave it empty to remove it."),
    )
    password = PasswordField()


class ApplicationPasswordForm(forms.Form):
    """Which program it is for."""

    name = forms.CharField(
        label=_("For which program?"), max_length=100, help_text=_("For example “Thunderbird on the laptop”.")
    )


class TokenForm(forms.Form):
    """Where a token counts, what for, and how long."""

    name = forms.CharField(label=_("What is it for?"), max_length=100)
    organization = forms.ChoiceField(label=_("Organization"))
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(scope.value, scope.label) for scope in Scope],
    )
    days = forms.IntegerField(label=_("Good for how many days?"), min_value=1)

    def __init__(self, *args: Any, organizations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].choices = organizations  # type: ignore[attr-defined]  # a choice field
        most = settings.API_TOKEN_DAYS_MOST
        self.fields["days"].help_text = _("At most %(most)d.") % {"most": most}


class LeakForm(forms.Form):
    """The leaked password, and a new one."""

    password = PasswordField(label=_("Present password"))
    new_password = PasswordField(label=_("New password"), autocomplete="new-password", help_text=PASSWORD_RULE)


class ProofForm(forms.Form):
    """Nothing but the password."""

    password = PasswordField()


class ClosingForm(ProofForm):
    """That somebody means it, and why, if she cares to say."""

    cause = forms.ChoiceField(
        label=_("Why?"),
        required=False,
        choices=[("", _("I would rather not say")), *((cause.value, cause.label) for cause in Cause)],
    )
    comment = forms.CharField(
        label=_("What should we have done better?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PasswordForm(forms.Form):
    """A new password."""

    password = PasswordField(label=_("Present password"))
    new_password = PasswordField(label=_("New password"), autocomplete="new-password", help_text=PASSWORD_RULE)
    mailbox = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[
            ("unify", _("Use the new password for the mailbox, too")),
            ("separate", _("Keep the mailbox’s own password")),
        ],
    )
    keeps_sessions = forms.BooleanField(
        label=_("Stay signed in on my other devices"),
        required=False,
        help_text=_("Leave it off if somebody else may know the old password."),
    )

    def __init__(self, *args: Any, mailbox: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if mailbox:
            self.fields["mailbox"].label = _("Your mailbox %(address)s") % {"address": mailbox}
        else:
            del self.fields["mailbox"]
