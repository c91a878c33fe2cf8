"""Campaigns, complimentary offers and carts that were left, as staff see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plancia.accounts.staffing import StaffRole
from plancia.kernel import clock, transaction
from plancia.promotions.models import Campaign, Code, Grant
from plancia.shop import cart as carts
from tests import people
from tests.shop import test_codes, test_offers, world

LISTS = ["campaigns/", "grants/", "carts/"]
RULES = {"name": "Spring", "kind": "percent", "percent": "25", "terms": "2", "starts_on": "2026-01-01"}


@pytest.fixture
def nora(db) -> Client:
    client = Client()
    client.force_login(people.person("nora@provider.example", first_name="Nora", is_staff=True))
    return client


@pytest.fixture
def plans(db):
    return world.catalogue()


@pytest.fixture
def borea(db):
    return people.borea(people.person("ada@borea.example"))


def start(client: Client, **typed: object):
    return client.post("/staff/campaigns/new/", {**RULES, **typed})


def test_a_campaign_is_started_and_its_code_works(nora, plans, borea):
    page = start(nora, code="spring25", most="3", types=["hosting"]).url

    with transaction.as_staff():
        code = Code.objects.select_related("campaign").get()
    assert (code.text, code.most, code.campaign.terms, code.campaign.types) == ("SPRING25", 3, 2, ["hosting"])
    assert "SPRING25" in nora.get(page).content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"percent": ""}, "Say how many percent."),
        ({"percent": "101"}, "less than or equal to 100"),
        ({"kind": "amount"}, "Say how much, in one currency at least."),
        ({"ends_on": "2025-12-31"}, "It cannot end before it starts."),
        ({"code": "é"}, "at least 4 letters or digits"),
        ({"terms": "0"}, "greater than or equal to 1"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_a_campaign_that_makes_no_sense_is_refused_at_the_field(nora, plans, typed, said):
    response = start(nora, **typed)

    assert response.status_code == 422
    assert said in response.content.decode()
    with transaction.as_staff():
        assert not Campaign.objects.exists()


def test_codes_are_made_and_given_as_a_file(nora, plans):
    page = start(nora).url

    nora.post(f"{page}codes/", {"number": "250", "begins_with": "gift"})
    refused = nora.post(f"{page}codes/", {"number": "10001"})
    lines = b"".join(nora.get(f"{page}codes.csv")).decode().splitlines()

    assert (lines[0], len(lines), lines[1][:5], lines[1][-4:]) == ("code,used,most", 251, "GIFT-", ",0,1")
    assert refused.status_code == 422
    assert "from 1 to 10000" in refused.content.decode()


def test_a_closed_campaign_is_refused_and_makes_no_codes(nora, plans, borea):
    page = start(nora, code="SPRING25").url

    nora.post(f"{page}closing/")

    with pytest.raises(test_codes.codes.CodeWithdrawn):
        test_codes.apply(test_codes.cart_of((plans["hosting"], 12)), "SPRING25", borea)
    assert nora.post(f"{page}codes/", {"number": "5"}).status_code == 422


def test_a_campaign_says_what_it_brought(nora, plans, borea):
    campaign = test_codes.campaign()
    ada = borea.memberships.using("staff").get().user_id
    from plancia.accounts.models import User

    cart = test_codes.cart_of((plans["hosting"], 12))
    test_codes.apply(cart, "SPRING20", borea)
    placed = test_codes.order(cart, borea, User.objects.get(pk=ada))
    world.transfer(placed)

    page = nora.get(f"/staff/campaigns/{campaign.public_id}/").content.decode()

    assert "CHF\xa079.20" in page
    assert "CHF\xa019.80" in page
    assert placed.number in page


def test_an_offer_is_given_and_taken_back(nora, plans, borea):
    form = {"what": "hosting/hosting-one", "terms": "2", "budget": "150", "expires_on": "2099-01-31", "reason": "moves"}

    nora.post(f"/staff/organizations/{borea.public_id}/grants/", form)

    with transaction.as_staff():
        grant = Grant.objects.get()
    assert (grant.plan, grant.budget_minor, grant.granted_by, grant.reason) == (
        "hosting-one",
        15_000,
        "Nora Bianchi",
        "moves",
    )
    page = nora.get("/staff/grants/").content.decode()
    assert "Borea AG" in page
    nora.post(f"/staff/grants/{grant.public_id}/withdrawal/")
    assert nora.post(f"/staff/grants/{grant.public_id}/withdrawal/").status_code == 409
    assert "Taken back" in nora.get("/staff/grants/?state=withdrawn").content.decode()


def test_an_offer_over_the_budget_is_refused_at_the_field(nora, plans, borea):
    form = {"what": "hosting", "terms": "1", "budget": "501", "expires_on": "2099-01-31", "reason": "moves"}

    response = nora.post(f"/staff/organizations/{borea.public_id}/grants/", form)

    assert response.status_code == 422
    assert "You may give CHF 500.00 at once" in response.content.decode()


def test_carts_that_were_left_are_listed(nora, plans, borea):
    cart = carts.open_cart(currency="CHF", at=clock.now() - timedelta(days=2))
    carts.choose_payer(cart_id=cart.pk, payer=borea.public_id)
    carts.add(
        cart_id=cart.pk, plan_code="hosting-one", months=12, quantity=1, choices={}, at=clock.now() - timedelta(days=2)
    )

    page = nora.get("/staff/carts/").content.decode()

    assert "Web hosting Pro" in page
    assert "Borea AG" in page


@pytest.mark.parametrize("path", LISTS)
def test_each_list_costs_the_same_for_few_and_many(nora, plans, borea, path):
    def fill(start: int, number: int) -> None:
        for each in range(start, start + number):
            test_codes.campaign(f"CODE{each:04d}")
            test_offers.give(borea, plans["hosting"], budget=100)
            cart = carts.open_cart(currency="CHF", at=world.NOON)
            carts.add(cart_id=cart.pk, plan_code="hosting-one", months=12, quantity=1, choices={}, at=world.NOON)

    assert nora.get(f"/staff/{path}").status_code == 200
    fill(0, 2)
    few = queries_of(nora, path)
    fill(2, 12)

    assert queries_of(nora, path) == few <= 14


def test_only_those_open_it_whose_duty_it_is(plans, db):
    client = Client()
    client.force_login(people.person("ben@provider.example", is_staff=True, staff_roles=[StaffRole.CATALOGUE]))
    customer = Client()
    customer.force_login(people.person("ada@borea.example"))

    assert client.get("/staff/campaigns/").status_code == 200
    assert customer.get("/staff/campaigns/").status_code == 404


def queries_of(client: Client, path: str) -> int:
    client.get(f"/staff/{path}")
    with CaptureQueriesContext(connections["staff"]) as queries:
        assert client.get(f"/staff/{path}").status_code == 200
    return len(queries)
