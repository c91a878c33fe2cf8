"""What staff type about campaigns and complimentary offers."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from plancia.billing import parties
from plancia.catalog.models import Plan, ProductType
from plancia.kernel.money import Money
from plancia.organizations import founding
from plancia.promotions.campaigns import Rules
from plancia.promotions.states import Kind

_MONTHS = (1, 3, 12, 24, 36)


def _day_input() -> forms.DateInput:
    # What browsers read, whatever the language. Source: HTML, input type date.
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def currencies() -> list[str]:
    """Return the currencies in which the provider invoices."""
    return sorted(
        {settings.CURRENCY, *settings.CURRENCY_OF_COUNTRY.values(), founding.currency_of(parties.seller().country)}
    )


class CampaignForm(forms.Form):
    """A campaign with its rules; what is not limited stays empty."""

    name = forms.CharField(label=_("Name"), max_length=120)
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        required=False,
        help_text=_("What everybody types. Leave it empty to make single-use codes afterwards."),
    )
    most = forms.IntegerField(label=_("How many orders may take it"), min_value=1, max_value=1_000_000, required=False)
    kind = forms.ChoiceField(
        label=_("It takes off"), choices=[(kind.value, kind.label) for kind in Kind], widget=forms.RadioSelect
    )
    percent = forms.DecimalField(
        label=_("Percent"), min_value=Decimal("0.01"), max_value=100, max_digits=5, decimal_places=2, required=False
    )
    terms = forms.IntegerField(label=_("For how many terms"), min_value=1, max_value=120, initial=1)
    starts_on = forms.DateField(label=_("From"), widget=_day_input())
    ends_on = forms.DateField(label=_("Until and with"), required=False, widget=_day_input())
    types = forms.MultipleChoiceField(label=_("Only for these product types"), required=False)
    plans = forms.MultipleChoiceField(label=_("Only for these plans"), required=False)
    months = forms.MultipleChoiceField(
        label=_("Only for these frequencies (months)"),
        required=False,
        choices=[(str(one), str(one)) for one in _MONTHS],
    )
    for_new_customers = forms.BooleanField(label=_("Only for new customers"), required=False)
    per_organization = forms.IntegerField(
        label=_("How often for one organization"),
        min_value=1,
        max_value=1000,
        required=False,
        initial=1,
        help_text=_("Empty: as often as it likes."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = list(ProductType.objects.filter(is_withdrawn=False).order_by("position", "pk"))
        plans = Plan.objects.filter(is_withdrawn=False).select_related("product_type").order_by("position", "pk")
        self.fields["types"].choices = [(one.code, one.name) for one in types]  # type: ignore[attr-defined]
        self.fields["plans"].choices = [(one.code, one.title) for one in plans]  # type: ignore[attr-defined]
        for name in ("types", "plans", "months"):
            self.fields[name].widget.attrs["size"] = 5
        for currency in currencies():
            self.fields[f"amount_{currency}"] = _amount(_("Amount in %(currency)s") % {"currency": currency})
            self.fields[f"minimum_{currency}"] = _amount(_("From a cart of, in %(currency)s") % {"currency": currency})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind = cleaned.get("kind")
        if kind == Kind.PERCENT and not cleaned.get("percent"):
            self.add_error("percent", _("Say how many percent."))
        if kind == Kind.AMOUNT and not self._by_currency("amount_"):
            self.add_error(f"amount_{currencies()[0]}", _("Say how much, in one currency at least."))
        starts, ends = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("It cannot end before it starts."))
        return cleaned

    def amounts(self) -> list[forms.BoundField]:
        """Return the fields of amounts, one for each currency."""
        return [self[f"amount_{currency}"] for currency in currencies()]

    def minimums(self) -> list[forms.BoundField]:
        """Return the fields of the least cart, one for each currency."""
        return [self[f"minimum_{currency}"] for currency in currencies()]

    @property
    def rules(self) -> Rules:
        """The rules that were typed."""
        typed = self.cleaned_data
        ends = typed["ends_on"]
        kind = Kind(typed["kind"])
        return Rules(
            kind=kind,
            percent=typed["percent"] if kind is Kind.PERCENT else None,
            amounts=self._by_currency("amount_") if kind is Kind.AMOUNT else {},
            terms=typed["terms"],
            starts_at=_morning(typed["starts_on"]),
            ends_at=_morning(ends + timedelta(days=1)) if ends else None,
            types=typed["types"],
            plans=typed["plans"],
            months=[int(one) for one in typed["months"]],
            minimums=self._by_currency("minimum_"),
            for_new_customers=typed["for_new_customers"],
            per_organization=typed["per_organization"],
        )

    def _by_currency(self, prefix: str) -> dict[str, int]:
        return {
            currency: Money.of(amount, currency).minor
            for currency in currencies()
            if (amount := self.cleaned_data.get(prefix + currency))
        }


class CodesForm(forms.Form):
    """How many single-use codes to make, and what they begin with."""

    number = forms.IntegerField(label=_("How many codes"), min_value=1)
    begins_with = forms.RegexField("^[A-Za-z0-9]{0,12}$", label=_("They begin with"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].max_value = settings.PROMO_CODES_AT_ONCE  # type: ignore[attr-defined]


class GrantForm(forms.Form):
    """A complimentary offer for one organization."""

    what = forms.ChoiceField(label=_("Product type, or one plan of it"))
    months = forms.TypedChoiceField(
        label=_("Frequency"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Any")), *((str(one), str(one)) for one in _MONTHS)],
    )
    terms = forms.IntegerField(label=_("For how many terms"), min_value=1, max_value=120, initial=1)
    budget = forms.DecimalField(label=_("Worth at most"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2)
    expires_on = forms.DateField(label=_("To be ordered until"), widget=_day_input())
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), required=False
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["budget"].help_text = _("All free terms together, without VAT, in %(currency)s.") % {
            "currency": currency
        }
        types = ProductType.objects.filter(is_withdrawn=False).prefetch_related("plans").order_by("position", "pk")
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            (
                one.name,
                [
                    (one.code, _("%(name)s, any plan") % {"name": one.name}),
                    *((f"{one.code}/{plan.code}", f"{one.name} {plan.name}") for plan in one.plans.all()),
                ],
            )
            for one in types
        ]

    @property
    def chosen(self) -> tuple[ProductType, Plan | None]:
        """The type, and the plan where one was chosen."""
        type_code, _slash, plan_code = str(self.cleaned_data["what"]).partition("/")
        product_type = ProductType.objects.get(code=type_code)
        return product_type, Plan.objects.get(code=plan_code) if plan_code else None

    @property
    def worth(self) -> Money:
        """What all its free terms may be worth."""
        return Money.of(self.cleaned_data["budget"], self.currency)

    @property
    def expires_at(self) -> datetime:
        return _morning(self.cleaned_data["expires_on"] + timedelta(days=1))


def _amount(label: str) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=Decimal("0.01"), max_digits=12, decimal_places=2, required=False)


def _morning(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
