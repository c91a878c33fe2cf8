"""What staff type."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.kernel.money import Money, digits


class TransferForm(forms.Form):
    """A bank transfer that staff saw on the statement. The bank's reference makes recording it twice impossible."""

    amount = forms.DecimalField(label=_("Amount received"), min_value=Decimal("0.01"), max_digits=14)
    bank_reference = forms.CharField(
        label=_("The bank's reference"),
        max_length=140,
        help_text=_("As it stands on the statement. A reference that was recorded before is refused."),
    )

    def __init__(self, *args: object, currency: str, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self.currency = currency
        self.fields["amount"].help_text = currency

    def clean_amount(self) -> Money:
        """Return the amount as money. No finer than the minor unit."""
        amount: Decimal = self.cleaned_data["amount"]
        try:
            return Money.of(amount, self.currency)
        except ValueError:
            raise forms.ValidationError(
                _("%(currency)s has %(digits)s decimal places."),
                code="too_fine",
                params={"currency": self.currency, "digits": digits(self.currency)},
            ) from None
