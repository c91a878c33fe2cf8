"""What is typed on the pages of the prepaid account."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from plancia.bank import payouts
from plancia.bank.payouts import Destination
from plancia.kernel import ids
from plancia.kernel.money import Money, digits
from plancia.kernel.refusals import Refusal
from plancia.kit import formats
from plancia.kit.forms import tell
from plancia.payments.methods import Method
from plancia.payments.models import Profile
from plancia.wallet.limits import Limits

BANK, PAYPAL = "bank", "paypal"
#: The longest amount that is read: no currency needs more, and nobody means it.
_LONGEST = 16
_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")


class AmountField(forms.CharField):
    """An amount in a currency, typed with a point or a comma, with or without marks between thousands."""

    def __init__(self, currency: str, **kwargs: Any) -> None:
        super().__init__(max_length=_LONGEST, **kwargs)
        self.currency = currency
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> Money | None:
        """Return the amount as money. No finer than the minor unit, and above zero."""
        typed = super().clean(value)
        if not typed:
            return None
        for mark in ("'", "’", " ", "\u00a0", "\u202f"):
            typed = typed.replace(mark, "")
        whole, comma, part = typed.replace(",", ".").rpartition(".")
        typed = f"{whole.replace('.', '')}{'.' if comma else ''}{part}"
        try:
            money = Money.of(Decimal(typed), self.currency) if _PLAIN.fullmatch(typed) else None
        except ValueError:
            money = None
        if money is None or not money.is_positive:
            raise forms.ValidationError(
                _("Enter an amount above zero, with at most %(digits)s decimal places."),
                code="invalid",
                params={"digits": digits(self.currency)},
            )
        return money


class KeyedForm(forms.Form):
    """A form that moves money: however often it is sent, its key says that it is one wish."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, typed: QueryDict | None = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(typed, initial={"key": ids.new()} | (initial or {}))


class TopUpForm(KeyedForm):
    """How much is added, and how it is paid."""

    def __init__(
        self, typed: QueryDict | None, *, limits: Limits, saved: Sequence[Profile], methods: Sequence[Method]
    ) -> None:
        super().__init__(typed)
        self.fields["amount"] = AmountField(limits.least.currency, label=_("Amount"), help_text=limits.least.currency)
        choices: list[tuple[str, SafeString]] = [
            (one.public_id, _choice(one.name, _most(limits, Method(one.method)))) for one in saved
        ]
        new = {Method.CARD: _("Another card"), Method.PAYPAL: _("PayPal")}
        alone = {Method.CARD: _("Card"), Method.PAYPAL: _("PayPal")}
        choices += [(one.value, _choice((new if saved else alone)[one], _most(limits, one))) for one in methods]
        choices.append(
            (Method.TRANSFER.value, _choice(Method.TRANSFER.label, _("You get our account and a reference.")))
        )
        self.fields["method"] = forms.ChoiceField(
            label=_("Payment method"), choices=choices, initial=choices[0][0], widget=forms.RadioSelect
        )
        if Method.CARD in methods:
            self.fields["is_keeping"] = forms.BooleanField(
                label=_("Save a new card, so that it can be charged without asking again"), required=False
            )


class WithdrawalForm(KeyedForm):
    """How much goes back, and where to."""

    to = forms.ChoiceField(
        label=_("Where to"),
        choices=[(BANK, _("To a bank account")), (PAYPAL, _("To PayPal"))],
        initial=BANK,
        widget=forms.RadioSelect(attrs={"class": "choices--columns"}),
    )
    holder = forms.CharField(label=_("Holder of the account"), max_length=70)
    iban = forms.CharField(label=_("IBAN"), max_length=42, required=False, help_text=_("Only for a bank account."))
    paypal_email = forms.EmailField(
        label=_("E-mail address at PayPal"), required=False, help_text=_("Only for PayPal.")
    )
    note = forms.CharField(label=_("Message on your statement"), max_length=100, required=False)

    def __init__(self, typed: QueryDict | None, *, currency: str, initial: dict[str, Any]) -> None:
        super().__init__(typed, initial=initial)
        self.fields["amount"] = AmountField(currency, label=_("Amount"), help_text=currency)
        self.order_fields(["key", "amount", "to", "holder", "iban", "paypal_email", "note"])
        self.destination: Destination | None = None

    def clean(self) -> dict[str, Any]:
        """See that the account that was chosen is one."""
        values: dict[str, Any] = super().clean() or {}
        if not {"to", "holder"} <= values.keys():
            return values
        try:
            if values["to"] == BANK:
                self.destination = payouts.bank_account(iban=values.get("iban", ""), holder=values["holder"])
            elif values.get("paypal_email"):
                self.destination = payouts.paypal_account(email=values["paypal_email"], holder=values["holder"])
            elif "paypal_email" not in self.errors:
                self.add_error("paypal_email", _("Enter the e-mail address of the PayPal account."))
        except Refusal as refusal:
            tell(self, refusal)
        return values


class AutomaticForm(forms.Form):
    """When the account is topped up by itself, with how much, by what, and how much a month at most."""

    def __init__(self, *args: Any, currency: str, saved: Sequence[Profile], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["threshold"] = AmountField(currency, label=_("When the balance falls below"), help_text=currency)
        self.fields["amount"] = AmountField(currency, label=_("Add"), help_text=currency)
        self.fields["monthly_cap"] = AmountField(currency, label=_("At most in a month"), help_text=currency)
        self.fields["profile"] = forms.ChoiceField(
            label=_("Payment method"), choices=[(one.public_id, one.name) for one in saved], widget=forms.RadioSelect
        )


def _most(limits: Limits, method: Method) -> str:
    return str(_("At most %(most)s at a time.")) % {"most": formats.money(limits.most[method])}


def _choice(name: object, sub: object) -> SafeString:
    return format_html('{}<span class="choice__sub">{}</span>', name, sub)
