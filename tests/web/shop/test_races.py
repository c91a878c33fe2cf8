"""Races over HTTP: many browsers press the button at once."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client

from plancia.kernel import clock, transaction
from plancia.ledger import books
from plancia.promotions.models import CodeUse, Grant
from plancia.shop.models import Order
from tests import people, racing
from tests.shop import test_codes, test_offers
from tests.web.shop.pages import answers, put

BUYERS = 12


def browsers(number: int) -> list[Client]:
    """Return browsers of owners of one company each, with web hosting in their carts."""
    found = []
    for each in range(number):
        user = people.person(f"buyer-{each}@example.com")
        people.company(user, f"Buyer {each}", country="CH", city="Zürich", postcode="8001", street="Gasse")
        client = Client()
        client.force_login(user)
        put(client)
        found.append(client)
    return found


def test_a_code_for_five_is_taken_five_times_by_twelve(plans):
    test_codes.campaign(most=5)
    clients = browsers(BUYERS)
    for client in clients:
        client.post("/shop/checkout/", answers(client, step="code", code="SPRING20"))
    forms = [answers(client) for client in clients]

    outcomes = racing.at_once(BUYERS, lambda place: clients[place].post("/shop/checkout/", forms[place]).status_code)

    assert (outcomes.count("302"), outcomes.count("409")) == (5, BUYERS - 5)
    with transaction.as_staff():
        assert CodeUse.objects.count() == Order.objects.count() == 5
    assert books.differences() == []


def test_an_offer_is_used_once_from_six_windows(plans):
    user = people.person("ada@aurora.example")
    borea = people.borea(user)
    grant = test_offers.give(borea, plans["hosting"], expires_at=clock.now() + timedelta(days=5))
    clients, forms = [], []
    for _ in range(6):
        client = Client()
        client.force_login(user)
        put(client)
        page = client.get("/shop/checkout/").content.decode()
        name = "offer-" + page.split('name="offer-', 1)[1].split('"', 1)[0]
        client.post("/shop/checkout/", answers(client, step="offers", **{name: grant.public_id}))
        clients.append(client)
        forms.append(answers(client, **{name: grant.public_id}))

    outcomes = racing.at_once(6, lambda place: clients[place].post("/shop/checkout/", forms[place]).status_code)

    assert outcomes.count("302") == 1
    with transaction.as_staff():
        assert Order.objects.count() == Grant.objects.filter(order_id__isnull=False).count() == 1
    assert books.differences() == []


def test_ten_presses_of_one_button_take_a_code_once(plans):
    test_codes.campaign()
    (client,) = browsers(1)
    client.post("/shop/checkout/", answers(client, step="code", code="SPRING20"))
    form = answers(client)

    outcomes = racing.at_once(10, lambda _place: client.post("/shop/checkout/", form).status_code)

    assert set(outcomes) == {"302"}
    with transaction.as_staff():
        assert CodeUse.objects.count() == Order.objects.count() == 1
