"""Forms about leaving."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.leaving.declarations import Kind
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


class DeclarationForm(forms.Form):
    """What somebody declares who does not sign in. No more is asked than the law allows. Source: § 312k (2) BGB."""

    kind = forms.ChoiceField(
        label=_("What do you declare?"),
        choices=[(kind.value, kind.label) for kind in Kind],
        initial=Kind.ORDINARY,
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label=_("Your name"), max_length=200)
    email = forms.EmailField(
        label=_("E-mail"), help_text=_("The receipt goes there. Best is the address that you sign in with.")
    )
    product = forms.CharField(
        label=_("Which contract?"),
        max_length=253,
        help_text=_("The product's name or number, as invoices and mails show it: example.ch"),
    )
    reason = forms.CharField(
        label=_("The reason, if it is an important one"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class WithdrawalForm(forms.Form):
    """Who withdraws, and where the confirmation goes. Source: Directive 2011/83/EU, art. 11a (2)."""

    name = forms.CharField(label=_("Your name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), help_text=_("The confirmation goes there."))
