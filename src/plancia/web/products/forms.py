"""Forms about products."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.subscriptions.cancellation import When


class CancellationForm(forms.Form):
    """When a product is given up, and why."""

    when = forms.ChoiceField(
        label=_("When"),
        choices=[(When.END_OF_TERM, _("At the end of the paid period")), (When.NOW, _("At once"))],
        initial=When.END_OF_TERM,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Why?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It helps us to do better. You need not say."),
    )
