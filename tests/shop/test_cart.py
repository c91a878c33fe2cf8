from __future__ import annotations

import pytest

from plancia.catalog.choices import ChoiceRefused
from plancia.catalog.models import Plan, Price
from plancia.kernel import transaction
from plancia.shop import applying
from plancia.shop import cart as carts
from tests.shop.world import NOON, catalogue


@pytest.fixture
def plans(db) -> dict[str, Plan]:
    return catalogue()


@pytest.fixture
def cart(plans):
    return carts.open_cart(currency="CHF", at=NOON)


def put(cart, plan="hosting-one", months=12, quantity=1, **choices):
    return carts.add(cart_id=cart.pk, plan_code=plan, months=months, quantity=quantity, choices=choices, at=NOON)


def test_a_cart_is_found_by_its_key_and_by_nothing_else(cart):
    assert carts.find(cart.public_id) == cart
    assert carts.find(None) is None
    assert carts.find("crt_nonsense") is None


def test_what_was_put_in_is_kept_in_order(cart):
    put(cart, "hosting-one")
    put(cart, "domain-one", domain="Aurora.CH")

    lines = applying.contents(cart)

    assert [(line.plan.code, line.choices) for line in lines] == [
        ("hosting-one", {}),
        ("domain-one", {"domain": "aurora.ch"}),
    ]


def test_the_same_domain_twice_is_refused(cart):
    put(cart, "domain-one", domain="aurora.ch")

    with pytest.raises(carts.AlreadyInCart, match=r"aurora\.ch"):
        put(cart, "domain-one", domain="AURORA.ch")


def test_the_same_server_twice_is_one_line_of_two(cart):
    put(cart, "server-one", quantity=2)
    line = put(cart, "server-one", quantity=3)

    assert line.quantity == 5
    assert len(applying.contents(cart)) == 1


@pytest.mark.parametrize("quantity", [0, -1, 10_001, 10**30])
def test_a_quantity_that_cannot_be_is_refused(cart, quantity):
    with pytest.raises(carts.QuantityRefused) as refused:
        put(cart, "server-one", quantity=quantity)

    assert str(refused.value) == "Enter a whole number from 1 to 10000."
    assert applying.contents(cart) == []


def test_quantities_that_add_up_past_the_most_are_refused_and_change_nothing(cart):
    put(cart, "server-one", quantity=10_000)

    with pytest.raises(carts.QuantityRefused):
        put(cart, "server-one", quantity=1)

    assert [line.quantity for line in applying.contents(cart)] == [10_000]


def test_what_exists_once_cannot_be_had_twice(cart):
    with pytest.raises(carts.QuantityRefused):
        put(cart, "hosting-one", quantity=2)


def test_a_choice_that_cannot_be_is_refused_at_its_field(cart):
    with pytest.raises(ChoiceRefused) as refused:
        put(cart, "domain-one", domain="-aurora-.ch")

    assert refused.value.field == "domain"


def test_a_frequency_without_a_price_is_refused(cart):
    with pytest.raises(carts.FrequencyNotOffered):
        put(cart, "domain-one", months=1, domain="aurora.ch")


def test_a_withdrawn_plan_and_one_that_never_was_are_refused(cart, plans):
    with transaction.as_staff():
        Plan.objects.filter(code="hosting-one").update(is_withdrawn=True)

    for code in ("hosting-one", "nothing"):
        with pytest.raises(carts.NotOffered):
            put(cart, code)


def test_the_cart_holds_so_many_lines_and_no_more(cart, settings):
    settings.CART_LINES_MAX = 2
    put(cart, "domain-one", domain="one.ch")
    put(cart, "domain-one", domain="two.ch")

    with pytest.raises(carts.CartFull, match="at most 2"):
        put(cart, "domain-one", domain="three.ch")


def test_a_line_is_changed(cart):
    line = put(cart, "server-one", quantity=2)

    carts.change(cart_id=cart.pk, line=line.public_id, quantity=7, months=1, at=NOON)

    (changed,) = applying.contents(cart)
    assert (changed.quantity, changed.months) == (7, 1)


def test_a_line_is_not_changed_to_what_is_not_offered(cart):
    line = put(cart, "server-one", quantity=2)

    with pytest.raises(carts.FrequencyNotOffered):
        carts.change(cart_id=cart.pk, line=line.public_id, quantity=2, months=36, at=NOON)
    with pytest.raises(carts.QuantityRefused):
        carts.change(cart_id=cart.pk, line=line.public_id, quantity=0, at=NOON)

    (same,) = applying.contents(cart)
    assert (same.quantity, same.months) == (2, 12)


def test_a_line_of_another_cart_is_out_of_reach(cart):
    theirs = put(carts.open_cart(currency="CHF", at=NOON), "server-one")

    with pytest.raises(carts.LineGone):
        carts.change(cart_id=cart.pk, line=theirs.public_id, quantity=2, at=NOON)
    with pytest.raises(carts.LineGone):
        carts.remove(cart_id=cart.pk, line=theirs.public_id, at=NOON)

    theirs.refresh_from_db()
    assert theirs.quantity == 1


def test_a_line_is_removed_once(cart):
    line = put(cart)

    carts.remove(cart_id=cart.pk, line=line.public_id, at=NOON)

    assert applying.contents(cart) == []
    with pytest.raises(carts.LineGone):
        carts.remove(cart_id=cart.pk, line=line.public_id, at=NOON)


def test_a_line_whose_price_is_gone_says_so(cart, plans):
    from plancia.shop import queries

    put(cart, "hosting-one")
    put(cart, "server-one", quantity=3)
    with transaction.as_staff():
        Price.objects.filter(plan=plans["hosting"], currency="CHF").update(valid_until=NOON)

    content = queries.cart_content(cart, currency="CHF", at=NOON)

    assert [(row.plan_code, row.is_offered) for row in content.rows] == [("hosting-one", False), ("server-one", True)]
    assert content.net.minor == 66000
    assert not content.is_orderable
