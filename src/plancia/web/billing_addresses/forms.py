"""Forms of the billing addresses."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.billing import addresses
from plancia.web.shop import countries


class AddressForm(forms.Form):
    """To whom and where invoices go. What the rules of the trade refuse is told at the field."""

    recipient = forms.CharField(label=_("Name on the invoice"), max_length=200)
    street = forms.CharField(label=_("Street"), max_length=100, required=False)
    house_number = forms.CharField(label=_("No."), max_length=16, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=16, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    country = forms.ChoiceField(label=_("Country"))
    email = forms.EmailField(
        label=_("E-mail for invoices"), required=False, help_text=_("Invoices and reminders go there.")
    )
    vat_number = forms.CharField(
        label=_("VAT number"),
        max_length=32,
        required=False,
        help_text=_("As your country writes it. It decides which VAT you pay."),
    )
    tax_code = forms.CharField(
        label=_("Codice fiscale"), max_length=28, required=False, help_text=_("In Italy, for electronic invoices.")
    )
    sdi_code = forms.CharField(
        label=_("Recipient code (SdI)"),
        max_length=7,
        required=False,
        help_text=_("In Italy: seven letters and digits; six of public bodies."),
    )
    pec = forms.EmailField(
        label=_("Certified mail (PEC)"), required=False, help_text=_("In Italy, where there is no recipient code.")
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.fields["country"].choices = countries.choices()  # type: ignore[attr-defined]  # a ChoiceField

    @property
    def draft(self) -> addresses.Draft:
        """What was typed, as the use cases take it."""
        return addresses.Draft(**self.cleaned_data)


class ReferenceForm(forms.Form):
    """What a customer wants to read on every invoice line about a product."""

    reference = forms.CharField(
        label=_("Your reference"),
        max_length=60,
        required=False,
        help_text=_("A cost centre or an order number of yours. It stands on all invoices to come."),
    )


class ArchiveForm(forms.Form):
    """The days of which all documents are wanted."""

    first_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last_on = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
