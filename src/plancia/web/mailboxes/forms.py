"""What people type about mailboxes."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.web.accounts.forms import PASSWORD_RULE
from plancia.web.profile.forms import PasswordField


class MailboxForm(forms.Form):
    """A new mailbox under a domain."""

    local = forms.CharField(
        label=_("Address"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    name = forms.CharField(label=_("Name"), max_length=200, required=False)
    new_password = PasswordField(
        label=_("Password of the mailbox"), autocomplete="new-password", help_text=PASSWORD_RULE
    )

    def __init__(self, *args: Any, domain: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["local"].help_text = f"@{domain}"


class MailboxPasswordForm(forms.Form):
    """A new password for one mailbox."""

    new_password = PasswordField(label=_("New password"), autocomplete="new-password", help_text=PASSWORD_RULE)


class MailboxUserForm(forms.Form):
    """Whose mailbox it is."""

    user = forms.ChoiceField(
        label=_("Whose mailbox it is"),
        required=False,
        help_text=_("This member can change its password in the profile, and opens it with application passwords."),
    )

    def __init__(self, *args: Any, members: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].choices = [("", _("Nobody")), *members]  # type: ignore[attr-defined]  # a choice field
