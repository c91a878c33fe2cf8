"""What a product is to become."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.catalog.models import Plan
from plancia.subscriptions.change_quotes import When, Wish
from plancia.subscriptions.models import Subscription
from plancia.web.shop.forms import QuantityField, frequency


class ChangeForm(forms.Form):
    """Plan, frequency, quantity, and from when. Only what can be chosen is asked."""

    plan = forms.ChoiceField(label=_("Offer"), widget=forms.RadioSelect(attrs={"class": "choices--columns"}))
    months = forms.TypedChoiceField(label=_("Billing frequency"), coerce=int)
    when = forms.ChoiceField(
        label=_("From when"),
        choices=[(When.NEXT_TERM, _("From the next period")), (When.NOW, _("Now"))],
        initial=When.NEXT_TERM,
        widget=forms.RadioSelect(attrs={"class": "choices--pairs"}),
        help_text=_("From the next period nothing is charged before. Now, the unused days are credited to the cent."),
    )

    def __init__(
        self, subscription: Subscription, plans: Sequence[Plan], months: Sequence[int], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["plan"]).choices = [(plan.code, plan.name) for plan in plans]
        cast(forms.TypedChoiceField, self.fields["months"]).choices = [(number, frequency(number)) for number in months]
        self.fields["plan"].initial, self.fields["months"].initial = subscription.plan.code, subscription.months
        most = max([subscription.quantity, *(plan.max_quantity for plan in plans)])
        if most > 1:
            self.fields["quantity"] = QuantityField(most=most)
            self.fields["quantity"].initial = subscription.quantity
        self.order_fields(["plan", "months", "quantity", "when"])

    @property
    def wish(self) -> Wish:
        said = self.cleaned_data
        return Wish(said["plan"], said["months"], said.get("quantity") or 1, When(said["when"]))
