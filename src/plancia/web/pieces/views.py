"""The kit page: every piece in all its states, on sample rows."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from plancia.kernel.money import Money
from plancia.kernel.pages import Page
from plancia.kit.guards import open_to_all
from plancia.kit.pills import STATES


class SampleForm(forms.Form):
    """One field of each kind."""

    email = forms.EmailField(label="E-mail", help_text="We send the invoice here.")
    name = forms.CharField(label="Name", required=False)
    domain = forms.CharField(label="Domain", disabled=True, initial="aurora.ch")
    amount = forms.DecimalField(label="Amount", help_text="At least 5.")
    password = forms.CharField(label="Password", widget=forms.PasswordInput)
    country = forms.ChoiceField(label="Country", choices=[("CH", "Switzerland"), ("IT", "Italy"), ("DE", "Germany")])
    starts_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    message = forms.CharField(label="Message", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    method = forms.ChoiceField(
        label="Payment method",
        choices=[("prepaid", "Prepaid account"), ("transfer", "Bank transfer"), ("card", "Card")],
        initial="prepaid",
        widget=forms.RadioSelect,
    )
    months = forms.ChoiceField(
        label="Frequency",
        choices=[("1", "Monthly"), ("12", "Yearly"), ("24", "Every 2 years")],
        initial="12",
        widget=forms.RadioSelect(attrs={"class": "choices--columns"}),
    )
    terms = forms.BooleanField(label="I accept the terms of sale", help_text="They open in a new page.")


@open_to_all
def kit(request: HttpRequest) -> HttpResponse:
    """Show every piece."""
    at = datetime(2026, 12, 31, 9, 30, tzinfo=UTC)
    rows = [
        ("globe", "aurora.ch", "Domain name · .ch", "active", at, Money(1490, "CHF")),
        ("server", "web-lugano-02", "Web hosting · Business", "pending", at, Money(22800, "CHF")),
        ("mail", "mail.aurora.ch", "E-mail service · 25 mailboxes", "restricted", at, Money(9000, "CHF")),
        (
            "database",
            "a-very-long-host-name-that-has-to-break-somewhere.customers.example",
            "VPS · L",
            "suspended",
            at,
            Money(123456789, "EUR"),
        ),
    ]
    wrong = SampleForm({"email": "not an address", "amount": "x", "country": "CH"})
    wrong.add_error(None, _("This order was changed in another window."))
    return render(
        request,
        "kit/kit.html",
        {
            "form": SampleForm(prefix="good"),
            "wrong": wrong,
            "rows": rows,
            "page": Page(rows, 2, 50, 132),
            "states": [(kind, list(states)) for kind, states in STATES.items()],
            "amount": Money(-1234550, "CHF"),
            "at": at,
            "day": date(2026, 3, 1),
            "values": [3, 5, 4, 7, 6, 9, 8],
            "trail": [("Products", "#"), ("Web hosting", "#"), ("aurora.ch", "")],
        },
    )
