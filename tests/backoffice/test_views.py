from __future__ import annotations

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plancia.billing.models import Invoice
from plancia.kernel import clock, transaction
from plancia.ledger import books
from plancia.outbox import delivery
from plancia.payments.models import Payment
from plancia.provisioning.models import Resource
from plancia.shop.models import Order
from plancia.shop.pricing import Wish
from tests import people
from tests.shop import world
from tests.web import shapes

LISTS = [
    "",
    "organizations/",
    "orders/",
    "invoices/",
    "products/",
    "payments/",
    "provisioning/",
    "provisioning/?state=all",
]


@pytest.fixture
def nora(db) -> Client:
    """Nora, of the provider's staff, signed in."""
    client = Client()
    client.force_login(people.person("nora@provider.example", is_staff=True))
    return client


@pytest.fixture
def borea(db):
    return people.borea(people.person("ada@borea.example"))


@pytest.fixture
def order(borea) -> Order:
    """An order of Borea's that waits for a bank transfer."""
    plans = world.catalogue(clock.now())
    return world.place(borea, Wish(plans["hosting"], 12, 1, {}), at=clock.now())


@pytest.mark.parametrize("path", LISTS)
def test_each_list_opens_empty_and_full_and_costs_the_same(nora, borea, path):
    empty = nora.get(f"/staff/{path}")
    shapes.catalogue(clock.now())
    shapes.products(borea, 20, at=clock.now())
    few = queries_of(nora, path)
    shapes.products(people.aurora(people.person("bea@aurora.example")), 40, at=clock.now())
    many = queries_of(nora, path)

    assert empty.status_code == 200
    assert few == many <= 14


@pytest.mark.parametrize("path", LISTS)
def test_customers_find_no_back_office(db, path):
    customer = Client()
    customer.force_login(people.person("ada@borea.example"))

    assert customer.get(f"/staff/{path}").status_code == 404


def test_roles_open_some_pages_and_the_menu_shows_those(db):
    clerk = Client()
    clerk.force_login(people.person("cat@provider.example", is_staff=True, staff_roles=["catalogue"]))

    home = clerk.get("/staff/")

    assert home.status_code == 200
    assert "/staff/orders/" not in home.content.decode()
    assert {path: clerk.get(f"/staff/{path}").status_code for path in LISTS[1:]} == dict.fromkeys(LISTS[1:], 403)


def test_a_confirmed_transfer_pays_the_order_once(nora, order):
    page = f"/staff/orders/{order.public_id}/"
    form = {"amount": str(order.total.decimal), "bank_reference": "ZKB-2026-1"}

    first = nora.post(f"{page}transfer/", form)
    again = nora.post(f"{page}transfer/", form)
    told()

    assert first.url == page
    assert again.status_code == 422
    with transaction.as_staff():
        assert Order.objects.get().state == "paid"
        assert Payment.objects.count() == 1
        assert [invoice.total for invoice in Invoice.objects.all()] == [order.total]
        assert list(books.differences()) == []


def test_money_for_an_order_that_is_paid_goes_to_the_prepaid_account(nora, borea, order):
    transfer = f"/staff/orders/{order.public_id}/transfer/"
    for reference in ("ZKB-1", "ZKB-2"):
        nora.post(transfer, {"amount": str(order.total.decimal), "bank_reference": reference})
        told()

    page = nora.get(f"/staff/organizations/{borea.public_id}/")

    assert f"{order.total.decimal}" in page.content.decode()
    with transaction.as_staff():
        assert Invoice.objects.count() == 1
        assert list(books.differences()) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"amount": "", "bank_reference": "x"}, "This field is required."),
        ({"amount": "0", "bank_reference": "x"}, "greater than or equal to 0.01"),
        ({"amount": "1.001", "bank_reference": "x"}, "CHF has 2 decimal places."),
        ({"amount": "a lot", "bank_reference": "x"}, "Enter a number."),
        ({"amount": "5", "bank_reference": ""}, "This field is required."),
    ],
)
def test_a_transfer_that_makes_no_sense_is_refused_at_the_field(nora, order, typed, said):
    answer = nora.post(f"/staff/orders/{order.public_id}/transfer/", typed)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert typed["bank_reference"] in answer.content.decode()
    with transaction.as_staff():
        assert not Payment.objects.exists()


def test_a_transfer_settles_an_overdue_invoice(nora, borea):
    shapes.catalogue(clock.now())
    held = shapes.products(borea, 1, at=clock.now())
    shapes.invoices(borea, held, at=clock.now(), unpaid=1)
    with transaction.as_staff():
        invoice = Invoice.objects.filter(state="open")[0]

    page = nora.get(f"/staff/invoices/{invoice.public_id}/transfer/")
    answer = nora.post(
        f"/staff/invoices/{invoice.public_id}/transfer/",
        {"amount": str(invoice.total.decimal), "bank_reference": "ZKB-9"},
    )
    told()

    assert page.status_code == 200
    assert answer.status_code == 302
    with transaction.as_staff():
        assert Invoice.objects.get(pk=invoice.pk).state == "paid"


def test_a_delayed_service_is_tried_again_when_staff_ask(nora, borea):
    shapes.catalogue(clock.now())
    shapes.products(borea, 1, at=clock.now())
    later = clock.now() + clock.days(1)
    with transaction.as_staff():
        Resource.objects.update(is_settled=False, attempts=5, last_error="no room", next_attempt_at=later)
        resource = Resource.objects.get()

    shown = nora.get("/staff/provisioning/?state=stuck").content.decode()
    answer = nora.post(f"/staff/provisioning/{resource.public_id}/attempt/")

    assert "no room" in shown
    assert answer.status_code == 302
    with transaction.as_staff():
        assert Resource.objects.get().next_attempt_at < later


@pytest.mark.parametrize("path", [path for path in LISTS if path and "?" not in path])
@pytest.mark.parametrize("asked", [{"q": "\0"}, {"q": "🦄" * 500}, {"page": "-1"}, {"page": "9" * 50}, {"state": "\0"}])
def test_a_list_answers_whatever_is_asked_of_it(nora, path, asked):
    assert nora.get(f"/staff/{path}", asked).status_code == 200


@pytest.mark.parametrize("path", ["orders/ord_nonsense/", "organizations/%00/", "invoices/inv_x/transfer/"])
def test_what_does_not_exist_is_not_found(nora, path):
    assert nora.get(f"/staff/{path}").status_code == 404


def told() -> None:
    with transaction.as_staff():
        delivery.tell_untold(at=clock.now())


def queries_of(client: Client, path: str) -> int:
    client.get(f"/staff/{path}")
    with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["staff"]) as staff:
        assert client.get(f"/staff/{path}").status_code == 200
    return sum(query["sql"].startswith("SELECT") for query in [*web, *staff])
