"""Quotes: a cart kept for whoever has its link, at prices that hold."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db.utils import InternalError, ProgrammingError
from django.test import Client

from plancia.catalog.models import Plan, Price
from plancia.kernel import clock, transaction
from plancia.shop.models import CartLine, Order, Quote
from tests import people
from tests.printed import text_of
from tests.web.shop.pages import order, put


def made(client: Client) -> str:
    """Make a quote of the cart; return its address."""
    return client.post("/shop/cart/quote/").url


def raise_prices() -> None:
    """Twice as much from now on."""
    with transaction.as_staff(), transaction.atomic():
        for price in Price.objects.filter(valid_until=None):
            price.valid_until = clock.now()
            price.save(update_fields=["valid_until"])
            Price.objects.create(
                plan=price.plan,
                currency=price.currency,
                months=price.months,
                version=price.version + 1,
                amount_minor=price.amount_minor * 2,
                valid_from=clock.now(),
            )


def test_a_quote_is_read_by_whoever_has_its_link_and_ordered_at_its_prices(browser, borea, plans):
    put(browser)
    address = made(browser)
    raise_prices()
    other = Client()
    other.force_login(people.person("eve@other.example"))
    people.company(people.person("zoe@zeta.example"), "Zeta AG", country="CH")

    page = other.get(address).content.decode()
    other.post(f"{address}cart/")
    cart = other.get("/shop/cart/").content.decode()

    assert "CHF\xa0107.02" in page
    assert "Price of your quote, until" in cart
    assert "CHF\xa099.00" in cart
    assert "CHF\xa0198.00" in put_again(browser)


def put_again(client: Client) -> str:
    client.post("/shop/cart/lines/", {"plan": "server-one", "months": 12, "quantity": 1})
    return client.get("/shop/cart/").content.decode()


def test_an_order_at_a_quoted_price_is_placed_at_it(browser, borea, plans):
    put(browser)
    address = made(browser)
    raise_prices()
    for line in re.findall(r"/shop/cart/lines/(\w+)/removal/", browser.get("/shop/cart/").content.decode()):
        browser.post(f"/shop/cart/lines/{line}/removal/")
    browser.post(f"{address}cart/")

    order(browser)

    with transaction.as_staff():
        assert Order.objects.get().net_minor == 9900


def test_after_its_days_a_quote_gives_the_prices_of_today(visitor, plans):
    put(visitor)
    address = made(visitor)
    raise_prices()
    with clock.at(clock.now() + timedelta(days=31)):
        page = visitor.get(address).content.decode()
        other = Client()
        other.post(f"{address}cart/")
        cart = other.get("/shop/cart/").content.decode()

    assert "This quote has ended." in page
    assert "CHF\xa0198.00" in cart


def test_a_withdrawn_plan_is_left_out_and_said(visitor, plans):
    put(visitor)
    address = made(visitor)
    with transaction.as_staff():
        Plan.objects.update(is_withdrawn=True)

    other = Client()
    page = other.post(f"{address}cart/", follow=True).content.decode()

    assert "This plan is not offered any more." in page


def test_a_quote_on_paper_says_its_link_and_until_when_it_holds(browser, borea, plans):
    put(browser)
    address = made(browser)

    response = browser.get(f"{address}pdf/")

    text = text_of(response.content)
    assert response.headers["Content-Type"] == "application/pdf"
    assert "Quote Q" in text
    assert "Valid until" in text
    assert "Borea AG" in text
    assert address.rsplit("/", 2)[1][:20] in text.replace("\n", "")
    assert "IBAN" not in text.split("Valid until", 1)[0]


@pytest.mark.parametrize("token", ["x", "x" * 43, "x" * 5000, "..", "%00"])
def test_who_guesses_finds_nothing(visitor, plans, token):
    assert visitor.get(f"/shop/quotes/{token}/").status_code == 404


def test_an_empty_cart_has_no_quote(visitor, plans):
    assert made(visitor) == "/shop/cart/"


def test_a_quote_is_changed_by_nobody(visitor, plans):
    put(visitor)
    made(visitor)

    with pytest.raises((InternalError, ProgrammingError, Exception), match="append-only"), transaction.as_staff():
        Quote.objects.update(total_minor=1)


def test_signing_out_keeps_the_cart(browser, borea, plans):
    put(browser)

    browser.post("/account/sign-out/")

    assert "Web hosting" in browser.get("/shop/cart/").content.decode()


def test_an_order_is_ordered_again(browser, borea, plans):
    put(browser, "server-one", quantity=3)
    page = order(browser).url

    browser.post(f"{page}cancellation/")
    browser.post(f"{page}again/")

    (line,) = CartLine.objects.all()
    assert (line.plan_id, line.quantity) == (plans["server"].pk, 3)


def test_a_cart_for_another_currency_says_so(browser, ada, plans):
    people.aurora(ada)
    put(browser)

    page = browser.get("/shop/cart/").content.decode()

    assert "You order for Aurora Srl: there, prices are in EUR" in page
