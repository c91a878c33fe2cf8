"""Forms about leaving."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.subscriptions.cancellation import When
from plancia.support.feedback import Cause


class CancellationForm(forms.Form):
    """When products are given up, and why."""

    when = forms.ChoiceField(
        label=_("When"),
        choices=[(When.END_OF_TERM, _("At the end of the paid period")), (When.NOW, _("At once"))],
        initial=When.END_OF_TERM,
        widget=forms.RadioSelect,
    )
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
