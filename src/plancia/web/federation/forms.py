"""What people are asked when an app wants to know them."""

from __future__ import annotations

from typing import Any

from allauth.idp.oidc.forms import AuthorizationForm
from django import forms
from django.utils.translation import gettext_lazy as _


class ConsentForm(AuthorizationForm):  # type: ignore[misc]  # allauth has no types
    """All that the app asks, or nothing; and which organizations it may know of."""

    def __init__(self, *args: Any, organizations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].widget = forms.MultipleHiddenInput()
        self.fields.pop("email", None)
        self.fields["organization"] = forms.ChoiceField(
            label=_("Which organizations may it know of?"),
            choices=[("all", _("All of mine")), *organizations],
            initial="all",
        )
        if not organizations:
            self.fields["organization"].widget = forms.HiddenInput()
