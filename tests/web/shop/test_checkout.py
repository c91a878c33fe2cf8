from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client

from plancia.billing.models import Invoice
from plancia.catalog.models import Price
from plancia.kernel import ids, transaction
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.payments.models import Payment
from plancia.shop.models import CartLine, Order
from tests import people
from tests.shop import world
from tests.web.shop.pages import SWISS_PERSON, answers, counted, order, put


def orders() -> list[Order]:
    with transaction.as_staff():
        return list(Order.objects.order_by("placed_at", "pk"))


def organizations() -> list[str]:
    with transaction.as_staff():
        return sorted(Organization.objects.values_list("name", flat=True))


def test_an_empty_cart_leads_back_to_the_cart(visitor, browser):
    for client in (visitor, browser):
        assert client.get("/shop/checkout/").url == "/shop/cart/"
        assert client.post("/shop/checkout/", {"step": "order"}).url == "/shop/cart/"


def test_a_visitor_is_asked_who_she_is_and_comes_back(visitor):
    put(visitor)

    page = visitor.get("/shop/checkout/").content.decode()

    assert "/account/sign-up/?next=/shop/checkout/" in page
    assert "/account/sign-in/?next=/shop/checkout/" in page
    assert "CHF\xa099.00" in page


def test_the_cart_survives_signing_in(visitor, ada, borea):
    put(visitor)

    visitor.post("/account/sign-in/", {"login": ada.email, "password": people.PASSWORD})

    assert "Web hosting" in visitor.get("/shop/checkout/").content.decode()


def test_an_organization_orders_by_transfer(browser, borea):
    put(browser)

    response = order(browser)

    (placed,) = orders()
    assert response.url == f"/o/{borea.public_id}/orders/{placed.public_id}/"
    assert (placed.total, placed.method, placed.state) == (Money(10_702, "CHF"), "transfer", "open")
    assert not CartLine.objects.exists()
    page = browser.get(response.url).content.decode()
    assert "CH93 0076 2011 6238 5295 7" in page
    assert placed.payment_reference[:4] in page


def test_the_first_order_founds_the_organization(browser, ada):
    put(browser)

    response = order(browser, **SWISS_PERSON)

    (placed,) = orders()
    assert organizations() == ["Nina Keller"]
    assert response.status_code == 302
    assert (placed.buyer["city"], placed.currency) == ("Zürich", "CHF")


def test_the_prepaid_account_pays_at_once(browser, borea):
    world.top_up(borea, Money(20_000, "CHF"))
    put(browser)

    response = order(browser, method="prepaid")

    (placed,) = orders()
    assert placed.state == "paid"
    page = browser.get(response.url).content.decode()
    assert "0 of 1 ready" in page
    with transaction.as_staff():
        assert Invoice.objects.get().state == "paid"
    assert books.differences() == []


def test_a_balance_that_does_not_cover_it_orders_nothing(browser, borea):
    world.top_up(borea, Money(5_000, "CHF"))
    put(browser)

    response = order(browser, method="prepaid")

    assert response.status_code == 422
    assert "The balance of the prepaid account does not cover this order." in response.content.decode()
    assert orders() == []
    assert CartLine.objects.count() == 1


def test_a_card_leads_to_the_gateway(browser, borea, settings):
    put(browser)

    typed = answers(browser, method="card")
    response = browser.post("/shop/checkout/", typed)

    with transaction.as_staff():
        payment = Payment.objects.get()
    assert response.url.startswith(settings.REHEARSAL_GATEWAY_URL + "/pay?")
    assert (payment.state, payment.amount) == ("pending", Money(10_702, "CHF"))
    assert orders()[0].state == "open"


def test_pressed_again_the_card_payment_goes_on(browser, borea):
    put(browser)
    typed = answers(browser, method="card")

    first = browser.post("/shop/checkout/", typed)
    second = browser.post("/shop/checkout/", typed)

    assert second.url == first.url
    with transaction.as_staff():
        assert (Payment.objects.count(), Order.objects.count()) == (1, 1)


def test_checkout_lets_its_form_lead_to_the_gateway_and_nowhere_else(browser, borea, settings):
    put(browser)

    policy = browser.get("/shop/checkout/").headers["Content-Security-Policy"]

    assert f"form-action 'self' {settings.REHEARSAL_GATEWAY_URL}" in policy
    assert browser.get("/shop/").headers["Content-Security-Policy"].endswith("form-action 'self'")


def test_the_button_pressed_again_is_one_order_and_one_organization(browser, ada):
    put(browser)
    typed = answers(browser, **SWISS_PERSON)

    first = browser.post("/shop/checkout/", typed)
    second = browser.post("/shop/checkout/", typed)

    assert second.url == first.url
    assert len(orders()) == len(organizations()) == 1


def test_twenty_presses_at_once_are_one_order(browser, ada):
    put(browser)
    typed = answers(browser, **SWISS_PERSON)
    cookies = browser.cookies

    def press(_number: int) -> str:
        client = Client()
        client.cookies = cookies
        try:
            return client.post("/shop/checkout/", typed).url
        finally:
            connections.close_all()

    with ThreadPoolExecutor(10) as pool:
        pages = set(pool.map(press, range(20)))

    assert len(pages) == len(orders()) == len(organizations()) == 1


def test_two_windows_of_one_cart_order_once(browser, borea):
    put(browser)
    one, other = answers(browser), answers(browser)

    browser.post("/shop/checkout/", one)
    response = browser.post("/shop/checkout/", other)

    assert one["key"] != other["key"]
    assert response.url == "/shop/cart/"
    assert len(orders()) == 1


def test_a_price_that_changed_meanwhile_is_shown_before_anything_is_ordered(browser, borea, plans):
    put(browser)
    typed = answers(browser)
    with transaction.as_staff():
        old = Price.objects.get(plan=plans["hosting"], currency="CHF", months=12)
        Price.objects.filter(pk=old.pk).update(valid_until=world.NOON)
        Price.objects.create(
            plan=old.plan, currency="CHF", months=12, version=2, amount_minor=12_000, valid_from=world.NOON
        )

    response = browser.post("/shop/checkout/", typed)

    page = response.content.decode()
    assert response.status_code == 409
    assert "With these details it is CHF\xa0129.72; you were shown CHF\xa0107.02." in page
    assert orders() == []
    again = browser.post("/shop/checkout/", {**typed, "shown_minor": "12972"})
    assert again.status_code == 302
    assert orders()[0].total == Money(12_972, "CHF")


def test_a_plan_withdrawn_meanwhile_leads_back_to_the_cart(browser, borea, plans):
    put(browser)
    typed = answers(browser)
    with transaction.as_staff():
        plans["hosting"].is_withdrawn = True
        plans["hosting"].save()

    response = browser.post("/shop/checkout/", typed)

    assert response.url == "/shop/cart/"
    assert "Web hosting Pro is not offered any more" in browser.get("/shop/cart/").content.decode()
    assert orders() == []


@pytest.mark.parametrize(
    ("typed", "total", "story"),
    [
        ({"country": "CH"}, "CHF\xa0107.02", "VAT 8.1 %"),
        ({"country": "IT", "city": "Milano"}, "€122.00", "VAT 22 %"),
        (
            {"kind": "company", "legal_name": "Elbe GmbH", "country": "DE", "vat_number": "DE136695976"},
            "€100.00",
            "reverse charge",
        ),
        ({"kind": "company", "legal_name": "Elbe GmbH", "country": "DE", "vat_number": ""}, "€119.00", "VAT 19 %"),
        ({"country": "US", "city": "Boston", "postcode": "02108"}, "€100.00", "VAT: none"),
    ],
)
def test_the_tax_is_that_of_who_orders_and_from_where(browser, ada, typed, total, story):
    put(browser)

    page = browser.post(
        "/shop/checkout/", {**answers(browser, **SWISS_PERSON), **typed, "step": "details"}
    ).content.decode()

    assert total in page
    assert story in page
    assert orders() == []
    assert organizations() == []


def test_an_address_that_changes_the_total_is_confirmed_first(browser, ada):
    put(browser)
    typed = answers(browser, **SWISS_PERSON) | {"country": "IT", "city": "Milano"}

    first = browser.post("/shop/checkout/", typed)

    assert first.status_code == 409
    assert organizations() == []
    assert "Milano" in first.content.decode()
    confirmed = browser.post("/shop/checkout/", typed | {"shown_minor": "12200", "shown_currency": "EUR"})
    assert confirmed.status_code == 302
    assert (orders()[0].currency, organizations()) == ("EUR", ["Nina Keller"])


@pytest.mark.parametrize("number", ["DE1", "nonsense", "🦄", "<script>", "IT00743110157"])
def test_a_vat_number_that_cannot_be_is_refused_at_its_field(browser, ada, number):
    put(browser)
    company = SWISS_PERSON | {"kind": "company", "legal_name": "Elbe GmbH", "country": "DE", "vat_number": number}

    response = order(browser, **company)

    page = response.content.decode()
    assert response.status_code == 422
    assert "is not a VAT number of this country" in page
    assert "<script>" not in page.replace("<script type", "").replace('<script src="', "")
    assert "Elbe GmbH" in page
    assert organizations() == []


@pytest.mark.parametrize("field", ["first_name", "last_name", "street", "city", "postcode", "billing_email"])
def test_what_is_missing_is_said_at_its_field_and_the_rest_stays(browser, ada, field):
    put(browser)

    response = order(browser, **(SWISS_PERSON | {field: " "}))

    page = response.content.decode()
    assert response.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert "Seestrasse" in page or field == "street"
    assert organizations() == []


@pytest.mark.parametrize("field", ["first_name", "street", "house_number", "postcode", "city"])
def test_a_name_of_five_hundred_letters_is_refused_and_kept(browser, ada, field):
    put(browser)

    response = order(browser, **(SWISS_PERSON | {field: "x" * 500}))

    assert response.status_code == 422
    assert "x" * 500 in response.content.decode()
    assert organizations() == []


@pytest.mark.parametrize(
    "name", ["🦄🦄", "שלום עולם", "<script>alert(1)</script>", "Zoë O’Hara", "' or 1=1 --", "{{ 7 }}", "%s%n"]
)
def test_a_name_of_any_letters_is_kept_and_harmless(browser, ada, name):
    put(browser)

    response = order(browser, **(SWISS_PERSON | {"first_name": name}))

    assert organizations() == [f"{name} Keller"]
    page = browser.get(response.url).content.decode()
    assert "<script>alert" not in page


def test_without_the_terms_nothing_is_ordered(browser, borea):
    put(browser)

    response = order(browser, terms="")

    assert response.status_code == 422
    assert "Please accept the terms to order." in response.content.decode()
    assert orders() == []


@pytest.mark.parametrize("method", ["", "cash", "<b>"])
def test_without_a_way_to_pay_nothing_is_ordered(browser, borea, method):
    put(browser)

    assert order(browser, method=method).status_code == 422
    assert orders() == []


@pytest.mark.parametrize("key", ["", "1", "x" * 5000])
def test_a_form_that_lost_its_key_gets_a_new_one(browser, borea, key):
    put(browser)

    response = order(browser, key=key)

    assert response.status_code == 422
    assert 'name="key" value="' in response.content.decode()
    assert orders() == []


@pytest.mark.parametrize("minor", ["", "-1", "x", "9" * 100])
def test_a_form_that_lost_its_total_orders_nothing(browser, borea, minor):
    put(browser)

    assert order(browser, shown_minor=minor).status_code in (409, 422)
    assert orders() == []


def test_what_costs_nothing_needs_no_way_to_pay(browser, borea):
    put(browser, "mailbox-one")

    page = browser.get("/shop/checkout/").content.decode()
    response = order(browser, method="")

    assert "Order for free" in page
    assert 'name="method"' not in page
    assert response.status_code == 302
    assert orders()[0].state == "paid"


def test_nobody_orders_for_an_organization_of_others(browser, borea, plans):
    stranger = people.aurora(people.person("bruno@aurora.example"))
    put(browser)

    assert browser.get("/shop/checkout/", {"for": stranger.public_id}).status_code == 404
    assert order(browser, **{"for": stranger.public_id}).status_code == 404
    assert browser.get("/shop/checkout/", {"for": ids.public("org", ids.new())}).status_code == 404
    assert orders() == []


def test_a_member_who_may_not_order_is_not_offered_the_organization(plans, borea):
    colleague = people.person("carla@borea.example")
    people.member(borea, colleague, Role.COLLABORATOR)
    client = Client()
    client.force_login(colleague)
    put(client)

    assert "Borea AG" not in client.get("/shop/checkout/").content.decode()
    assert client.get("/shop/checkout/", {"for": borea.public_id}).status_code == 404


def test_the_session_that_ended_before_the_button_was_pressed_loses_nothing(browser, borea):
    put(browser)
    typed = answers(browser)
    cart = browser.session["cart"]
    visitor = Client()
    session = visitor.session
    session["cart"] = cart
    session.save()

    response = visitor.post("/shop/checkout/", typed)

    assert response.status_code == 200
    assert "/account/sign-in/?next=/shop/checkout/" in response.content.decode()
    assert orders() == []


def test_checkout_asks_the_same_number_of_queries_for_one_line_and_for_fifty(browser, borea):
    """Session, user, cart, lines and prices twice (is it sold, what does it cost), organizations, offers, balance."""
    put(browser, "server-one", quantity=1)
    browser.get("/shop/checkout/")
    with counted() as for_one:
        browser.get("/shop/checkout/")
    for number in range(50):
        put(browser, "domain-one", choice_domain=f"aurora-{number}.ch")
    browser.get("/shop/checkout/")
    with counted() as for_fifty:
        browser.get("/shop/checkout/")

    assert len(for_one) == 10, [query["sql"] for query in for_one]
    assert len(for_fifty) == 10
