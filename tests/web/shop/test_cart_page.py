from __future__ import annotations

import re

import pytest
from django.test import Client

from plancia.catalog.models import Plan, Price
from plancia.kernel import transaction
from plancia.shop.models import CartLine
from tests.web.shop.pages import counted, put


def lines() -> list[CartLine]:
    return list(CartLine.objects.order_by("added_at", "pk"))


def test_what_is_added_is_in_the_cart(visitor):
    response = put(visitor, "server-one", quantity=3)

    page = visitor.get(response.url).content.decode()
    assert "Cloud server S is in your cart." in page
    assert "CHF\xa0660.00" in page
    assert "3 × CHF\xa0220.00" in page


def test_an_empty_cart_says_so(visitor):
    assert "Your cart is empty" in visitor.get("/shop/cart/").content.decode()


@pytest.mark.parametrize("quantity", ["0", "-1", "10001", "ten", "", "1.5", "٣٣٣٣٣٣٣", "9" * 6000, "🦄"])
def test_a_quantity_that_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(visitor, quantity):
    response = put(visitor, "server-one", months=1, quantity=quantity)

    page = response.content.decode()
    assert response.status_code == 422
    assert "Enter a whole number from 1 to 10000." in page
    assert f'value="{quantity}"' in page if quantity else 'name="quantity"' in page
    assert lines() == []


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("aurora.com", "end in"),
        ("-aurora-.ch", "hyphen"),
        ("http://aurora.ch/", "Enter only the domain name"),
        ("<script>alert(1)</script>.ch", "Enter only the domain name"),
        ("au rora.ch", "no spaces"),
        ("🦄.ch", "Emoji"),
        ("x" * 500 + ".ch", "at most"),
        ("", "needed|required"),
    ],
)
def test_a_domain_that_cannot_be_is_refused_with_a_reason(visitor, name, sentence):
    response = put(visitor, "domain-one", choice_domain=name)

    page = response.content.decode()
    assert response.status_code == 422
    assert re.search(f"field__error.*({sentence})", page.replace("\n", " "))
    assert "<script>alert" not in page
    assert lines() == []


def test_the_same_domain_twice_is_refused(visitor):
    put(visitor, "domain-one", choice_domain="aurora.ch")
    response = put(visitor, "domain-one", choice_domain="AURORA.ch")

    assert response.status_code == 422
    assert "aurora.ch is in your cart already." in response.content.decode()


@pytest.mark.parametrize("months", ["7", "", "x", "-12"])
def test_a_frequency_that_is_not_offered_is_refused(visitor, months):
    assert put(visitor, "domain-one", months=months, choice_domain="aurora.ch").status_code == 422


@pytest.mark.parametrize("plan", ["nothing", "", "\0", "x" * 5000, "<script>"])
def test_a_plan_that_never_was_does_not_exist(visitor, plan):
    assert put(visitor, plan).status_code == 404


def test_a_plan_withdrawn_while_it_was_looked_at_is_explained(visitor):
    with transaction.as_staff():
        Plan.objects.filter(code="server-one").update(is_withdrawn=True)

    response = put(visitor, "server-one", quantity=1)

    assert response.url == "/shop/"
    assert "not offered any more" in visitor.get("/shop/").content.decode()


def test_a_line_is_changed_and_removed(visitor):
    put(visitor, "server-one", quantity=1)
    (line,) = lines()
    prefix = line.public_id

    visitor.post(f"/shop/cart/lines/{prefix}/", {f"{prefix}-quantity": "4", f"{prefix}-months": "1"})
    line.refresh_from_db()
    visitor.post(f"/shop/cart/lines/{prefix}/removal/")

    assert (line.quantity, line.months) == (4, 1)
    assert lines() == []


def test_a_wrong_change_is_refused_at_the_line_and_stays_typed(visitor):
    put(visitor, "server-one", quantity=1)
    (line,) = lines()
    prefix = line.public_id

    response = visitor.post(f"/shop/cart/lines/{prefix}/", {f"{prefix}-quantity": "10001", f"{prefix}-months": "1"})

    page = response.content.decode()
    assert response.status_code == 422
    assert "Enter a whole number from 1 to 10000." in page
    assert 'value="10001"' in page
    assert lines()[0].quantity == 1


def test_another_visitors_line_is_out_of_reach(visitor):
    other = Client()
    put(other, "server-one", quantity=1)
    put(visitor, "hosting-one")
    theirs = CartLine.objects.get(plan__code="server-one")
    prefix = theirs.public_id

    changed = visitor.post(f"/shop/cart/lines/{prefix}/", {f"{prefix}-quantity": "9", f"{prefix}-months": "1"})
    removed = visitor.post(f"/shop/cart/lines/{prefix}/removal/")

    theirs.refresh_from_db()
    assert theirs.quantity == 1
    assert (changed.url, removed.url) == ("/shop/cart/", "/shop/cart/")


@pytest.mark.parametrize("line", ["crl_nonsense", "1", "crl_01h00000000000000000000000", "<script>"])
def test_a_line_that_never_was_is_gone(visitor, line):
    put(visitor)

    assert visitor.post(f"/shop/cart/lines/{line}/removal/").url == "/shop/cart/"
    assert len(lines()) == 1


def test_a_line_whose_price_is_gone_stops_checkout_and_says_why(visitor, plans):
    put(visitor, "hosting-one")
    put(visitor, "server-one", quantity=1)
    with transaction.as_staff():
        Price.objects.filter(plan=plans["hosting"], currency="CHF", valid_until=None).update(
            valid_until="2026-01-01T00:00Z"
        )

    page = visitor.get("/shop/cart/").content.decode()

    assert "Something is not offered any more" in page
    assert "Not offered any more in CHF." in page
    assert visitor.get("/shop/checkout/").url == "/shop/cart/"


def test_the_cart_asks_the_same_number_of_queries_for_one_line_and_for_fifty(visitor):
    """Session, cart, lines, prices."""
    put(visitor, "server-one", quantity=1)
    visitor.get("/shop/cart/")
    with counted() as for_one:
        visitor.get("/shop/cart/")
    for number in range(50):
        put(visitor, "domain-one", choice_domain=f"aurora-{number}.ch")
    visitor.get("/shop/cart/")
    with counted() as for_fifty:
        visitor.get("/shop/cart/")

    assert len(for_one) == 4, [query["sql"] for query in for_one]
    assert len(for_fifty) == 4, [query["sql"] for query in for_fifty]
