"""What is asked about an invitation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from plancia.accounts import addresses, names
from plancia.kernel import ids
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Team
from plancia.organizations.offers import Offer
from plancia.organizations.queries import TeamRow
from plancia.organizations.roles import Right, Role
from plancia.subscriptions.models import Subscription
from plancia.web.members.forms import role_choices
from plancia.web.shell import LANGUAGE_NAMES


class OfferForm(forms.Form):
    """What the member will be, and may do."""

    language = forms.ChoiceField(label=_("Language of the mail"), choices=list(LANGUAGE_NAMES.items()))
    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect(attrs={"class": "choices--columns"}))
    has_billing = forms.BooleanField(
        label=_("Accounting"), required=False, help_text=_("For collaborators: see invoices, pay, order and cancel.")
    )
    is_partner = forms.BooleanField(
        label=_("Partner"),
        required=False,
        help_text=_("An agency or a webmaster who works here for you, and finds you among the clients."),
    )
    right = forms.ChoiceField(
        label=_("Right"),
        choices=[(right.value, right.label) for right in Right],
        initial=Right.OPERATE,
        help_text=_("On what is chosen below. It can be changed for each product later."),
    )
    teams = forms.MultipleChoiceField(
        label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple(attrs={"class": "choices--columns"})
    )
    types = forms.MultipleChoiceField(
        label=_("All products of a type"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices--columns"}),
    )
    products = forms.MultipleChoiceField(
        label=_("Single products"),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "choices--columns"}),
    )

    def __init__(
        self,
        *args: Any,
        may_grant_owner: bool,
        teams: Sequence[TeamRow],
        types: Sequence[tuple[str, str]],
        products: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._offer("role", role_choices(may_grant_owner=may_grant_owner))
        self._offer("teams", [(team.public_id, team.name) for team in teams])
        self._offer("types", types)
        self._offer("products", products)
        if not may_grant_owner:
            del self.fields["is_partner"]

    def _offer(self, name: str, choices: Sequence[tuple[str, object]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]  # these are fields of choices
        if not choices:
            del self.fields[name]

    @property
    def offer(self) -> Offer:
        """What was chosen."""
        chosen = self.cleaned_data
        grant = Grant(Right(chosen["right"]))
        subjects = [Subject(product_type=code) for code in chosen.get("types", ())]
        for text in chosen.get("products", ()):
            subjects.append(Subject(product_id=ids.parse(Subscription.prefix, text)))
        return Offer(
            role=Role(chosen["role"]),
            has_billing=chosen["has_billing"],
            is_partner=bool(chosen.get("is_partner")),
            rights=tuple((subject, grant) for subject in subjects),
            teams=tuple(key for text in chosen.get("teams", ()) if (key := ids.parse(Team.prefix, text))),
        )


class InvitationForm(OfferForm):
    """Whom to invite, and to what."""

    email = forms.CharField(
        label=_("E-mail address"),
        max_length=addresses.LONGEST,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    first_name = forms.CharField(label=_("First name"), required=False, max_length=names.LONGEST)
    last_name = forms.CharField(label=_("Last name"), required=False, max_length=names.LONGEST)

    field_order = ["email", "first_name", "last_name", "language", "role", "has_billing", "is_partner"]

    def clean_first_name(self) -> str:
        return names.tidy(self.cleaned_data["first_name"])

    def clean_last_name(self) -> str:
        return names.tidy(self.cleaned_data["last_name"])
