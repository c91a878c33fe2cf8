"""What is asked about an offer."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.accounts import addresses
from plancia.web.shell import LANGUAGE_NAMES


class OfferForm(forms.Form):
    """To whom the link goes, if not by one's own hand."""

    email = forms.CharField(
        label=_("E-mail address of the receiver"),
        required=False,
        max_length=addresses.LONGEST,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        help_text=_("Leave it empty to get the link yourself, for somebody else or for another organization of yours."),
    )
    language = forms.ChoiceField(label=_("Language of the mail"), choices=list(LANGUAGE_NAMES.items()))
