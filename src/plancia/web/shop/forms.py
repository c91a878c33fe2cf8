"""Forms of the shop. What they refuse, they refuse at the field; the rules of the trade stand in the use cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.validators import BaseValidator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from plancia.accounts import names
from plancia.billing import vat
from plancia.catalog import texts
from plancia.catalog.choice_kinds import Kind as ChoiceKind
from plancia.catalog.models import ProductType
from plancia.kernel.money import Money
from plancia.kit import formats
from plancia.organizations.states import Kind
from plancia.payments.methods import Method
from plancia.shop.checkout import NewOrganization
from plancia.shop.window import Offer, PlanCard
from plancia.web.shop import countries

CHOICE = "choice_"
#: What a page sends back is never longer: the field's own rule then says what is wrong.
_LONGEST_CHOICE = 1000
_YEAR = 12


def frequency(months: int) -> str:
    """Return how a frequency is called: "1 month", "2 years"."""
    if months % _YEAR:
        return ngettext("%(number)d month", "%(number)d months", months) % {"number": months}
    years = months // _YEAR
    return ngettext("%(number)d year", "%(number)d years", years) % {"number": years}


class QuantityField(forms.IntegerField):
    """A whole number from one to `most`, with one sentence for everything else."""

    def __init__(self, *, most: int) -> None:
        super().__init__(label=_("Quantity"), min_value=1, max_value=most, initial=1)
        sentence = _("Enter a whole number from 1 to %(most)s.") % {"most": most}
        self.error_messages |= dict.fromkeys(("required", "invalid"), sentence)
        for validator in self.validators:
            if isinstance(validator, BaseValidator):
                validator.message = sentence

    def clean(self, value: Any) -> Any:
        # Python refuses to read numbers of thousands of digits; so do we, with the same sentence.
        return super().clean(value if len(str(value or "")) <= 20 else "-")


class ConfigureForm(forms.Form):
    """What is wanted of a plan: how long at a time, how many, and what its type lets the customer choose."""

    months = forms.TypedChoiceField(label=_("Frequency"), coerce=int, widget=forms.RadioSelect)

    def __init__(self, product_type: ProductType, card: PlanCard, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = cast(forms.TypedChoiceField, self.fields["months"])
        months.choices = [(offer.months, _offer_label(offer)) for offer in card.offers]
        months.error_messages["invalid_choice"] = _("This plan is not offered for that frequency.")
        for setting in product_type.settings:
            self.fields[CHOICE + str(setting["key"])] = _choice_field(setting)
        if card.most > 1:
            self.fields["quantity"] = QuantityField(most=card.most)

    @property
    def chosen(self) -> dict[str, str]:
        """What the customer chose, by the keys of the type's settings; empty answers are left out."""
        return {
            name.removeprefix(CHOICE): str(value)
            for name, value in self.cleaned_data.items()
            if name.startswith(CHOICE) and value not in (None, "")
        }

    @property
    def quantity(self) -> int:
        return int(self.cleaned_data.get("quantity") or 1)


class LineForm(forms.Form):
    """How many of a line of the cart are wanted, and for how long at a time."""

    def __init__(self, *args: Any, most: int, frequencies: Sequence[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["months"] = forms.TypedChoiceField(
            label=_("Frequency"), coerce=int, choices=[(months, frequency(months)) for months in frequencies]
        )
        self.fields["quantity"] = QuantityField(most=most)


class PayerForm(forms.Form):
    """The organization that the first order founds: who it is, and where its invoices go."""

    kind = forms.ChoiceField(
        label=_("You order as"),
        choices=[(kind.value, kind.label) for kind in Kind],
        initial=Kind.PERSON,
        widget=forms.RadioSelect(attrs={"class": "choices--pairs"}),
    )
    first_name = forms.CharField(label=_("First name"), max_length=90)
    last_name = forms.CharField(label=_("Last name"), max_length=90)
    legal_name = forms.CharField(
        label=_("Name of the organization"),
        max_length=200,
        help_text=_("The full legal name, as it must stand on invoices."),
    )
    country = forms.ChoiceField(label=_("Country"))
    street = forms.CharField(label=_("Street"), max_length=100)
    house_number = forms.CharField(label=_("Number"), max_length=16, required=False)
    postcode = forms.CharField(label=_("Postcode"), max_length=16)
    city = forms.CharField(label=_("Town"), max_length=100)
    vat_number = forms.CharField(
        label=_("VAT number"),
        max_length=32,
        required=False,
        help_text=_("With its country’s letters, for example CHE-123.456.788 or DE136695976."),
    )
    billing_email = forms.EmailField(label=_("E-mail for invoices"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["country"]).choices = countries.choices()
        for name, token in _AUTOCOMPLETE.items():
            self.fields[name].widget.attrs["autocomplete"] = token
        if self.is_bound:
            # What the kind and the country have no use for is not asked for.
            is_person = self.data.get("kind") == Kind.PERSON
            self.fields["legal_name"].required = not is_person
            self.fields["first_name"].required = self.fields["last_name"].required = is_person
            self.fields["postcode"].required = self.data.get("country") in _WITH_POSTCODES

    def clean(self) -> dict[str, Any]:
        cleaned = {
            name: names.tidy(value) if isinstance(value, str) else value
            for name, value in (super().clean() or {}).items()
        }
        if cleaned.get("kind") == Kind.PERSON:
            # A forgotten entry in a field that is not shown would change the tax.
            cleaned["legal_name"] = cleaned["vat_number"] = ""
        for name, field in self.fields.items():
            # What is nothing but blanks and invisible characters is nothing.
            if field.required and cleaned.get(name) == "":
                self.add_error(name, field.error_messages["required"])
        return cleaned

    @property
    def payer(self) -> NewOrganization:
        """The organization that was described."""
        wanted = {name: value for name, value in self.cleaned_data.items() if name in self.fields}
        return NewOrganization(**{**wanted, "kind": Kind(wanted["kind"])})


class CodeForm(forms.Form):
    """A promo code to apply."""

    code = forms.CharField(
        label=_("Promo code"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


class OrderForm(forms.Form):
    """The last answers of checkout: how to pay, the terms, and what the customer saw when she pressed the button."""

    method = forms.ChoiceField(
        label=_("Payment method"), choices=[(one.value, one.label) for one in Method], required=False
    )
    terms = forms.BooleanField(
        label=_("I have read and accept the general terms and conditions."),
        error_messages={"required": _("Please accept the terms to order.")},
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    shown_minor = forms.IntegerField(min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)
    shown_currency = forms.RegexField("^[A-Z]{3}$", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["terms"].help_text = _terms_link()

    @property
    def chosen_method(self) -> Method | None:
        return Method(self.cleaned_data["method"]) if self.cleaned_data["method"] else None

    @property
    def shown_total(self) -> Money:
        return Money(int(self.cleaned_data["shown_minor"]), str(self.cleaned_data["shown_currency"]))

    @property
    def idempotency_key(self) -> UUID:
        return cast(UUID, self.cleaned_data["key"])


_AUTOCOMPLETE = {
    "first_name": "given-name",
    "last_name": "family-name",
    "legal_name": "organization",
    "country": "country",
    "street": "address-line1",
    "postcode": "postal-code",
    "city": "address-level2",
    "billing_email": "email",
}
# Elsewhere a postcode may not exist: Hong Kong, the Emirates and some sixty others have none. Source: UPU.
_WITH_POSTCODES = vat.european_union() | {"CH", "LI"}


def _choice_field(setting: Mapping[str, Any]) -> forms.Field:
    label, help_text = texts.pick(setting["names"]), texts.pick(setting.get("help") or {})
    is_required = bool(setting.get("is_required", True))
    common: dict[str, Any] = {"label": label, "help_text": help_text, "required": is_required}
    match setting["kind"]:
        case ChoiceKind.SELECT:
            options = [(option["value"], texts.pick(option["names"])) for option in setting["options"]]
            if not is_required:
                options.insert(0, ("", "–"))
            return forms.ChoiceField(choices=options, initial=setting.get("default") or options[0][0], **common)
        case ChoiceKind.NUMBER:
            return forms.IntegerField(
                min_value=setting["minimum"],
                max_value=setting["maximum"],
                initial=setting.get("default", setting["minimum"]),
                **common,
            )
    field = forms.CharField(max_length=_LONGEST_CHOICE, **common)
    field.widget.attrs |= {"spellcheck": "false", "autocapitalize": "none", "autocomplete": "off"}
    if setting["kind"] in (ChoiceKind.DOMAIN, ChoiceKind.HOSTNAME):
        field.widget.attrs |= {"inputmode": "url", "placeholder": "example.ch"}
    return field


def _offer_label(offer: Offer) -> SafeString:
    sentence = _("%(amount)s a year") if offer.basis == _YEAR else _("%(amount)s a month")
    each = sentence % {"amount": formats.money(offer.each)}
    return format_html(
        '<span class="cluster cluster--apart"><span>{}</span><span class="number">{}</span></span>'
        '<span class="choice__sub">{}</span>',
        frequency(offer.months),
        formats.money(offer.amount),
        each if offer.amount and offer.months != offer.basis else "",
    )


def _terms_link() -> SafeString | str:
    return format_html('<a href="{}">{}</a>', settings.TERMS_URL, _("Read the terms")) if settings.TERMS_URL else ""
