"""What is asked about members and teams."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.organizations.roles import Role


def role_choices(*, may_grant_owner: bool) -> list[tuple[str, object]]:
    """Return the roles that somebody may give."""
    return [(role.value, role.label) for role in Role if may_grant_owner or role is not Role.OWNER]


class RoleForm(forms.Form):
    """A member's role, and the billing switch of collaborators."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect(attrs={"class": "choices--columns"}))
    has_billing = forms.BooleanField(
        label=_("Accounting"),
        required=False,
        help_text=_("A collaborator may see invoices, pay, order and cancel. Owners and administrators always may."),
    )

    def __init__(self, *args: object, may_grant_owner: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["role"].choices = role_choices(may_grant_owner=may_grant_owner)  # type: ignore[attr-defined]


class TeamForm(forms.Form):
    """A team's name."""

    name = forms.CharField(label=_("Name"), max_length=80)
