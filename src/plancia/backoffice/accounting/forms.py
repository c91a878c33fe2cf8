"""What the provider's accountants type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.billing.models import Line
from plancia.kernel.money import Money, digits


class CreditForm(forms.Form):
    """How much of each line is taken back, and why. `seen` is what had been taken back when the form was shown."""

    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("It stands on the credit note, in the customer's language.")
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, lines: Sequence[Line], left: Mapping[UUID, Money], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.lines = {f"line_{line.position}": line for line in lines if left[line.pk]}
        for name, line in self.lines.items():
            amount = left[line.pk]
            self.fields[name] = forms.DecimalField(
                label=line.description,
                required=False,
                max_digits=14,
                decimal_places=digits(amount.currency),
                initial=amount.decimal,
                help_text=_("Net, up to %(left)s") % {"left": amount},
            )
        self.order_fields([*self.lines, "reason"])
        self.currency = next((amount.currency for amount in left.values()), "")

    @property
    def nets(self) -> dict[UUID, Money]:
        """What is taken back of each line."""
        return {
            line.pk: Money.of(self.cleaned_data[name] or Decimal(0), self.currency) for name, line in self.lines.items()
        }


class PeriodForm(forms.Form):
    """The days of a report."""

    first = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    last = forms.DateField(label=_("To"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self) -> dict[str, date]:
        """Refuse days that go backwards."""
        cleaned: dict[str, date] = super().clean() or {}
        if "first" in cleaned and "last" in cleaned and cleaned["last"] < cleaned["first"]:
            self.add_error("last", _("The last day comes before the first."))
        return cleaned


class DayForm(forms.Form):
    """The day of a report."""

    on = forms.DateField(label=_("At the end of"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
