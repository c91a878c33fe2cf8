from __future__ import annotations

from dataclasses import replace

import pytest

from plancia.audit.models import Entry
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.organizations import editing, queries
from plancia.organizations.editing import Draft
from plancia.organizations.models import Organization
from plancia.organizations.states import Kind
from tests.people import MORNING, borea, person
from tests.shop import world

DRAFT = Draft(
    kind=Kind.COMPANY,
    name="Borea  AG",
    street="Bahnhofstrasse",
    house_number="1",
    postcode="8001",
    city="Zürich",
    country="CH",
    language="de",
    billing_email="Money@Borea.example",
    more_billing_emails=("a@borea.example", "", "A@borea.example"),
)


@pytest.fixture
def organization(staff) -> Organization:
    return borea(person("ben@borea.example"))


def edit(organization: Organization, draft: Draft, *, holds_products: bool = False) -> Organization:
    return editing.edit(
        organization_id=organization.pk, draft=draft, holds_products=holds_products, actor=SYSTEM, at=MORNING
    )


def test_what_changed_is_kept_and_recorded_once(organization):
    edited = edit(organization, DRAFT)
    edit(organization, DRAFT)

    assert (edited.name, edited.billing_email) == ("Borea AG", "money@borea.example")
    assert edited.more_billing_emails == ["a@borea.example"]
    (entry,) = Entry.objects.filter(action="organization.changed")
    assert entry.details["after"]["language"] == "de"
    assert "a@borea.example" in {one.email for one in queries.who_minds_billing(organization.pk)}


def test_the_country_decides_the_currency_while_nothing_stands_in_the_old_one(organization):
    moved = edit(organization, replace(DRAFT, country="IT"))

    assert moved.currency == "EUR"


def test_money_or_products_bind_the_currency(organization):
    with pytest.raises(editing.CurrencyBound, match="EUR"):
        edit(organization, replace(DRAFT, country="IT"), holds_products=True)
    world.top_up(organization, Money.of("20", "CHF"), at=MORNING)
    with pytest.raises(editing.CurrencyBound):
        edit(organization, replace(DRAFT, country="IT"))
    assert edit(organization, replace(DRAFT, country="LI"), holds_products=True).currency == "CHF"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "  "}, "name_missing"),
        ({"name": "x" * 201}, "name_too_long"),
        ({"vat_number": "CHE-123"}, "vat_number_refused"),
        ({"billing_email": "nowhere"}, "address_undeliverable"),
        ({"more_billing_emails": [f"m{number}@x.example" for number in range(6)]}, "too_many_billing_emails"),
    ],
)
def test_what_is_wrong_is_refused(organization, wrong, code):
    with pytest.raises(Exception) as refused:
        edit(organization, replace(DRAFT, **wrong))

    assert refused.value.code == code


def test_a_number_that_is_changed_is_judged_anew(organization):
    edited = edit(organization, replace(DRAFT, vat_number="CHE-116.281.710 MWST"))
    gone = edit(organization, DRAFT)

    assert (edited.vat_number_state, gone.vat_number_state) == ("valid", "none")
