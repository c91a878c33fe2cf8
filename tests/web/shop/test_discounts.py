"""Promo codes and complimentary offers on the pages of cart and checkout."""

from __future__ import annotations

import re
from datetime import timedelta

from plancia.kernel import clock, transaction
from plancia.kernel.money import Money
from plancia.promotions.models import Code
from plancia.shop.models import Order
from tests import people
from tests.shop import test_codes, test_offers, world
from tests.web.shop.pages import SWISS_PERSON, answers, order, put


def press(client, step: str, **typed: object):
    return client.post("/shop/checkout/", answers(client, step=step, **typed))


def test_a_code_is_applied_after_the_way_to_pay_was_chosen_and_nothing_typed_is_lost(browser, borea):
    test_codes.campaign()
    put(browser)

    page = press(browser, "code", code=" spring2O ", method="transfer").content.decode()

    assert "Promo code SPRING20: 20 % off" in page
    assert "−CHF\xa019.80" in page
    assert 'value="transfer" checked' in page
    assert "CHF\xa085.62" in page


def test_two_codes_reduce_two_lines(browser, borea):
    test_codes.campaign("FIRST20")
    test_codes.campaign("SECOND20")
    put(browser)
    put(browser, "domain-one", choice_domain="aurora.ch")

    press(browser, "code", code="first20")
    page = press(browser, "code", code="second20").content.decode()
    order(browser)

    assert page.count("20 % off") == 2
    with transaction.as_staff():
        assert Order.objects.get().net_minor == 7920 + 960
        assert Code.objects.filter(used=1).count() == 2


def test_a_refused_code_says_why_at_its_field_and_stays_typed(browser, borea):
    put(browser)

    response = press(browser, "code", code="NOTHING")

    page = response.content.decode()
    assert response.status_code == 422
    assert "There is no promo code “NOTHING”." in page
    assert 'value="NOTHING"' in page


def test_a_code_that_was_typed_and_not_applied_counts_before_anything_is_ordered(browser, borea):
    test_codes.campaign()
    put(browser)

    response = order(browser, code="SPRING20")

    assert response.status_code == 409
    assert "CHF\xa085.62" in response.content.decode()
    with transaction.as_staff():
        assert not Order.objects.exists()


def test_a_code_is_taken_off_again(browser, borea):
    test_codes.campaign()
    put(browser)
    page = press(browser, "code", code="SPRING20").content.decode()
    (line,) = re.findall(r'value="(without-code:\w+)"', page)

    again = press(browser, line).content.decode()

    assert "SPRING20" not in again
    assert "CHF\xa0107.02" in again


def test_a_code_for_new_customers_holds_for_the_first_order_of_a_new_organization(browser, ada):
    test_codes.campaign(for_new_customers=True)
    put(browser)

    press(browser, "code", code="SPRING20", **SWISS_PERSON)
    order(browser, **SWISS_PERSON)

    with transaction.as_staff():
        assert Order.objects.get().net_minor == 7920


def test_a_code_pressed_with_a_cart_that_is_gone_orders_nothing(browser, borea):
    assert browser.post("/shop/checkout/", {"step": "code", "code": "SPRING20"}).url == "/shop/cart/"


def test_an_offer_is_chosen_beside_its_line_in_the_cart(browser, borea, plans):
    grant = test_offers.give(borea, plans["hosting"], expires_at=clock.now() + timedelta(days=5))
    put(browser)
    page = browser.get("/shop/cart/").content.decode()
    (line,) = set(re.findall(r"/shop/cart/lines/(\w+)/offer/", page))

    browser.post(f"/shop/cart/lines/{line}/offer/", {"payer": borea.public_id, "grant": grant.public_id})

    page = browser.get("/shop/cart/").content.decode()
    assert "Free until" in page
    assert f'value="{grant.public_id}" selected' in page
    order(browser)
    with transaction.as_staff():
        placed = Order.objects.get()
    assert (placed.total, placed.state) == (Money(0, "CHF"), "paid")


def test_an_offer_in_another_organization_is_mended_in_one_click(browser, borea, ada, plans):
    other = people.company(ada, "Cetus AG", country="CH")
    grant = test_offers.give(other, plans["hosting"], expires_at=clock.now() + timedelta(days=5))
    put(browser)
    page = browser.get("/shop/checkout/").content.decode()
    assert "It belongs to Cetus AG" in page
    (line,) = set(re.findall(r"/shop/cart/lines/(\w+)/offer/", page))

    response = browser.post(
        f"/shop/cart/lines/{line}/offer/",
        {"payer": other.public_id, "grant": grant.public_id, "next": "/shop/checkout/"},
    )

    assert response.url == "/shop/checkout/"
    page = browser.get("/shop/checkout/").content.decode()
    assert "Order for free" in page
    order(browser)
    with transaction.as_staff():
        assert Order.objects.get().organization_id == other.pk


def test_an_offer_of_somebody_else_is_nobodys(browser, borea, plans):
    theirs = people.company(people.person("eve@other.example"), "Other AG", country="CH")
    grant = test_offers.give(theirs, plans["hosting"], expires_at=clock.now() + timedelta(days=5))
    put(browser)
    page = browser.get("/shop/cart/").content.decode()
    (line,) = set(re.findall(r"/shop/cart/lines/(\w+)/removal/", page))

    for payer in (theirs.public_id, borea.public_id):
        browser.post(f"/shop/cart/lines/{line}/offer/", {"payer": payer, "grant": grant.public_id})

    assert "Other AG" not in page
    assert "CHF\xa0107.02" in browser.get("/shop/checkout/").content.decode()


def test_a_drop_down_on_checkout_uses_an_offer(browser, borea, plans):
    grant = test_offers.give(borea, plans["hosting"], expires_at=clock.now() + timedelta(days=5))
    put(browser)
    page = browser.get("/shop/checkout/").content.decode()
    (name,) = set(re.findall(r'name="(offer-\w+)"', page))

    page = press(browser, "offers", **{name: grant.public_id}).content.decode()

    assert "Complimentary offer" in page
    assert "Order for free" in page


def test_the_page_says_what_else_an_offer_is_for(browser, borea, plans):
    world.place(borea, world.Wish(plans["mailbox"], 12), method=None)
    test_offers.give(borea, plans["server"], expires_at=clock.now() + timedelta(days=5))
    put(browser)

    page = browser.get("/shop/cart/").content.decode()

    assert "You have a complimentary offer for Cloud server" in page
    assert "/shop/server/" in page
