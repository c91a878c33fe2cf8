from __future__ import annotations

from decimal import Decimal

import pytest

from plancia.billing.parties import Party
from plancia.kernel import transaction
from plancia.kernel.money import Money
from plancia.shop import pricing
from plancia.shop.pricing import Wish
from tests.shop.world import NOON

SWISS = Party(name="Ada Bianchi", country="CH", kind="person")
ITALIAN = Party(name="Bruno Rossi", country="IT", kind="person")
GERMAN_COMPANY = Party(
    name="Elbe GmbH", country="DE", kind="company", vat_number="DE136695976", vat_number_state="valid"
)
AMERICAN = Party(name="Carol Jones", country="US", kind="person")


def test_a_swiss_person_pays_swiss_vat(plans):
    wishes = [Wish(plans["hosting"], 12), Wish(plans["server"], 1, 3)]

    quote = pricing.quote(wishes, SWISS, currency="CHF", at=NOON)

    assert [line.net for line in quote.lines] == [Money(9900, "CHF"), Money(6000, "CHF")]
    assert (quote.net, quote.totals.tax, quote.total) == (Money(15900, "CHF"), Money(1288, "CHF"), Money(17188, "CHF"))


@pytest.mark.parametrize(
    ("buyer", "rate"),
    [(SWISS, "8.1"), (ITALIAN, "22"), (GERMAN_COMPANY, "0"), (AMERICAN, "0")],
)
def test_the_tax_follows_place_and_kind_of_buyer(plans, buyer, rate):
    quote = pricing.quote([Wish(plans["hosting"], 12)], buyer, currency="EUR", at=NOON)

    assert quote.tax.rate == Decimal(rate)


def test_what_is_withdrawn_is_named(plans):
    with transaction.as_staff():
        plans["domain"].is_withdrawn = True
        plans["domain"].save()

    with pytest.raises(pricing.NoLongerOffered, match=r"Domain name \.ch \(aurora\.ch\)"):
        pricing.quote([Wish(plans["domain"], 12, 1, {"domain": "aurora.ch"})], SWISS, currency="CHF", at=NOON)


def test_nothing_costs_nothing(plans):
    assert pricing.quote([], SWISS, currency="CHF", at=NOON).total == Money.zero("CHF")
