"""What is asked about an organization."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.organizations.editing import Draft
from plancia.organizations.models import Organization
from plancia.organizations.states import Kind
from plancia.web.shell import LANGUAGE_NAMES
from plancia.web.shop import countries


class OrganizationForm(forms.Form):
    """Who the organization is, where, and how it is written to."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=[(kind.value, kind.label) for kind in Kind],
        widget=forms.RadioSelect(attrs={"class": "choices--columns"}),
    )
    name = forms.CharField(label=_("Name"), max_length=200, help_text=_("A company's name as the register has it."))
    street = forms.CharField(label=_("Street"), max_length=100, required=False)
    house_number = forms.CharField(label=_("House number"), max_length=16, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=16, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    country = forms.ChoiceField(
        label=_("Country"), help_text=_("The country decides the currency and the tax of documents issued later.")
    )
    vat_number = forms.CharField(label=_("VAT number"), max_length=40, required=False)
    language = forms.ChoiceField(label=_("Language of documents"), choices=list(LANGUAGE_NAMES.items()))
    billing_email = forms.CharField(label=_("Billing e-mail"), max_length=254, required=False)
    more_billing_emails = forms.CharField(
        label=_("Further billing e-mails"),
        required=False,
        max_length=1400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One address a line."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries.choices()  # type: ignore[attr-defined]

    @property
    def draft(self) -> Draft:
        """What was typed."""
        typed = self.cleaned_data
        return Draft(
            kind=Kind(typed["kind"]),
            more_billing_emails=tuple(typed["more_billing_emails"].splitlines()),
            **{
                name: typed[name]
                for name in (
                    "name",
                    "street",
                    "house_number",
                    "postcode",
                    "city",
                    "country",
                    "language",
                    "billing_email",
                    "vat_number",
                )
            },
        )


def initial(organization: Organization) -> dict[str, Any]:
    """Return what stands in the form."""
    named = {name: getattr(organization, name, "") for name in OrganizationForm.base_fields}
    return named | {"more_billing_emails": "\n".join(organization.more_billing_emails)}


class SecondFactorForm(forms.Form):
    """Whether members need a second factor, and how long they have to set one up."""

    is_required = forms.BooleanField(
        label=_("All members need a second factor"),
        required=False,
        help_text=_(
            "A passkey, or codes of an app. Who has none after the days below finds nothing here until it is set up."
        ),
    )
    grace_days = forms.IntegerField(label=_("Days to set it up"), min_value=0, max_value=365)


class NewOrganizationForm(OrganizationForm):
    """A further organization, of which one becomes the owner."""

    more_billing_emails = None  # type: ignore[assignment]  # one is enough for the beginning
