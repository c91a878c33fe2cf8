"""What staff say about people."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.accounts.staffing import StaffRole


class ReasonForm(forms.Form):
    """Why. The customer reads it in the log."""

    reason = forms.CharField(
        label=_("Reason"),
        min_length=10,
        max_length=500,
        help_text=_("The customer reads it in the log."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RolesForm(forms.Form):
    """What somebody of the staff is there for."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        choices=[(role.value, role.label) for role in StaffRole],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices--columns"}),
    )
