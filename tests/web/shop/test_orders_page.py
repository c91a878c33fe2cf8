from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plancia.kernel import clock, ids, transaction
from plancia.kernel.money import Money
from plancia.organizations.roles import Role
from plancia.outbox import facts
from plancia.payments import charging
from plancia.payments.models import Payment
from plancia.provisioning.states import Presence
from plancia.shop.models import Order
from plancia.shop.pricing import Wish
from plancia.subscriptions import activation
from plancia.subscriptions.models import Subscription
from tests import people
from tests.shop import world
from tests.web.shop.pages import counted


@pytest.fixture
def placed(borea, plans) -> Order:
    return world.place(borea, Wish(plans["hosting"], 12), at=clock.now())


@pytest.fixture
def page(borea, placed) -> str:
    return f"/o/{borea.public_id}/orders/{placed.public_id}/"


def card(order: Order) -> Payment:
    with transaction.as_staff():
        return charging.start(
            organization_id=order.organization_id,
            purpose=order.public_id,
            amount=order.total,
            actor=world.ADA,
            at=clock.now(),
        )


def state(order: Order) -> str:
    with transaction.as_staff():
        return str(Order.objects.get(pk=order.pk).state)


def test_the_list_shows_orders_the_newest_first(browser, borea, plans, placed):
    newer = world.place(borea, Wish(plans["server"], 1), at=clock.now() + timedelta(minutes=1))

    page = browser.get(f"/o/{borea.public_id}/orders/").content.decode()

    assert page.index(newer.number) < page.index(placed.number)


def test_an_organization_without_orders_is_led_to_the_shop(browser, borea):
    assert "No orders yet" in browser.get(f"/o/{borea.public_id}/orders/").content.decode()


@pytest.mark.parametrize("number", ["0", "-1", "99", "x", "9" * 50, "²"])
def test_a_page_that_is_none_is_the_nearest(browser, borea, placed, number):
    response = browser.get(f"/o/{borea.public_id}/orders/", {"page": number})

    assert response.status_code == 200
    assert placed.number in response.content.decode()


def test_an_order_waits_with_its_account_and_reference(browser, page, placed):
    shown = browser.get(page).content.decode()

    assert "Waiting for payment" in shown
    assert "CH93 0076 2011 6238 5295 7" in shown
    assert 'http-equiv="refresh"' not in shown


def test_the_pro_forma_is_a_pdf_while_the_order_waits(browser, page, borea, placed):
    paper = browser.get(page + "pro-forma/")

    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")
    world.transfer(placed)
    assert browser.get(page + "pro-forma/").status_code == 404


def test_an_order_is_paid_from_the_balance_once(browser, page, borea, placed):
    world.top_up(borea, Money(50_000, "CHF"))

    browser.post(page + "payment/", {"method": "prepaid"})
    browser.post(page + "payment/", {"method": "prepaid"})

    assert state(placed) == "paid"
    shown = browser.get(page).content.decode()
    assert "This order cannot be paid: it is “Paid”." in shown
    with transaction.as_staff():
        assert Payment.objects.filter(method="prepaid").count() == 1


def test_a_balance_that_does_not_cover_it_pays_nothing(browser, page, placed):
    browser.post(page + "payment/", {"method": "prepaid"})

    assert state(placed) == "open"
    assert "that is less than" in browser.get(page).content.decode()


def test_a_card_leads_to_the_gateway_and_the_page_waits_for_its_answer(browser, page, placed, settings):
    response = browser.post(page + "payment/", {"method": "card"})

    waiting = browser.get(page + "?status=succeeded").content.decode()
    assert response.url.startswith(settings.REHEARSAL_GATEWAY_URL)
    assert "We are waiting for the card company" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert state(placed) == "open"


def test_the_page_stops_waiting_for_a_card_after_a_while(browser, page, placed):
    card(placed)

    with clock.at(clock.now() + timedelta(minutes=16)):
        later = browser.get(page).content.decode()

    assert "We are waiting for the card company" not in later


def test_a_declined_card_is_explained(browser, page, placed):
    payment = card(placed)
    with transaction.as_staff():
        charging.fail(payment_id=payment.pk, code="declined", at=clock.now())

    shown = browser.get(page).content.decode()

    assert "The card payment failed" in shown
    assert "Nothing was charged." in shown


def test_two_browsers_pay_one_order(browser, ada, page, borea, placed):
    """One pays by card while the other pays from the balance: the card's money is kept."""
    world.top_up(borea, Money(50_000, "CHF"))
    payment = card(placed)
    other = Client()
    other.force_login(ada)

    other.post(page + "payment/", {"method": "prepaid"})
    with transaction.as_staff(), facts.told_by_caller():
        charging.succeed(payment_id=payment.pk, gateway_reference="ref-1", at=clock.now())
    world.tell(at=clock.now())

    shown = browser.get(page).content.decode()
    assert "CHF\xa0107.02 of what you paid is on your prepaid account." in shown
    assert state(placed) == "paid"


@pytest.mark.parametrize("method", ["", "cash", "<script>"])
def test_a_way_to_pay_that_is_none_is_refused(browser, page, placed, method):
    browser.post(page + "payment/", {"method": method})

    assert "Please choose how you want to pay." in browser.get(page).content.decode()


def test_an_order_is_cancelled_once(browser, page, placed):
    browser.post(page + "cancellation/")
    browser.post(page + "cancellation/")

    assert state(placed) == "cancelled"
    assert "This order cannot be cancelled" in browser.get(page).content.decode()


def test_a_paid_order_shows_how_far_its_products_are(browser, page, borea, placed):
    world.transfer(placed, at=clock.now())

    setting_up = browser.get(page).content.decode()
    with transaction.as_staff():
        activation.settle(subscription_id=Subscription.objects.get().pk, presence=Presence.RUNNING, at=clock.now())
    ready = browser.get(page).content.decode()

    assert "0 of 1 ready" in setting_up
    assert 'data-behaviour="refresh"' in setting_up
    assert "Everything runs." in ready
    assert 'data-behaviour="refresh"' not in ready


def test_the_orders_of_others_do_not_exist(plans, placed, page, borea):
    bruno = people.person("bruno@aurora.example")
    aurora = people.aurora(bruno)
    client = Client()
    client.force_login(bruno)

    assert client.get(page).status_code == 404
    there = f"/o/{aurora.public_id}/orders/{placed.public_id}/"
    assert client.get(there).status_code == 404
    assert client.post(there + "payment/", {"method": "card"}).status_code == 404
    assert client.post(there + "cancellation/").status_code == 404
    assert client.get(there + "pro-forma/").status_code == 404
    assert state(placed) == "open"


@pytest.mark.parametrize("order", ["ord_nonsense", "1", "<script>", "org_01h00000000000000000000000"])
def test_an_order_that_never_was_does_not_exist(browser, borea, order):
    assert browser.get(f"/o/{borea.public_id}/orders/{order}/").status_code == 404
    assert browser.get(f"/o/{borea.public_id}/orders/{ids.public('ord', ids.new())}/").status_code == 404


def test_a_member_without_billing_sees_no_orders(plans, borea, page):
    colleague = people.person("carla@borea.example")
    people.member(borea, colleague, Role.COLLABORATOR)
    client = Client()
    client.force_login(colleague)

    assert client.get(page).status_code == 403
    assert client.post(page + "payment/", {"method": "card"}).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in_and_back(plans, page):
    assert Client().get(page).url == f"/account/sign-in/?next={page}"


def test_the_list_asks_the_same_number_of_queries_for_one_order_and_for_fifty(browser, borea, plans, placed):
    browser.get(f"/o/{borea.public_id}/orders/")
    with counted() as for_one:
        browser.get(f"/o/{borea.public_id}/orders/")
    for _ in range(50):
        world.place(borea, Wish(plans["hosting"], 12))
    with counted() as for_fifty:
        browser.get(f"/o/{borea.public_id}/orders/")

    assert len(for_one) == len(for_fifty) == 7, [query["sql"] for query in for_one]


@pytest.mark.parametrize("is_paid", [True, False])
def test_the_page_of_an_order_asks_the_same_number_of_queries_for_one_line_and_for_fifty(
    browser, borea, plans, placed, is_paid
):
    fifty = world.place(
        borea, *(Wish(plans["domain"], 12, 1, {"domain": f"aurora-{n}.ch"}) for n in range(50)), at=clock.now()
    )
    for order in (placed, fifty) if is_paid else ():
        world.transfer(order, reference=order.number, at=clock.now())
    counts = []
    for order in (placed, placed, fifty):
        with counted() as asked:
            browser.get(f"/o/{borea.public_id}/orders/{order.public_id}/")
        counts.append(len(asked))

    assert counts[1] == counts[2] == 10, [query["sql"] for query in asked]
