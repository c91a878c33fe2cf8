"""Accounting → Payment methods: saving a card on the gateway's page, the default, giving one up."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from plancia.accounts.models import User
from plancia.kernel import clock, transaction
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.outbox import delivery
from plancia.payments.gateways import signing
from plancia.payments.models import Profile
from plancia.payments.rehearsal import cards
from plancia.payments.rehearsal.messages import Message, open_order
from tests import people
from tests.payments import saved


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@aurora.example")


@pytest.fixture
def aurora(ada) -> Organization:
    organization = people.aurora(ada)
    delivery.tell_untold(at=clock.now())
    return organization


@pytest.fixture
def client(ada) -> Client:
    browser = Client()
    browser.force_login(ada)
    return browser


def place(organization: Organization, rest: str = "") -> str:
    return f"/o/{organization.public_id}/accounting/payment-methods/{rest}"


def tell(message: Message) -> str:
    headers = signing.headers(settings.REHEARSAL_GATEWAY_SECRET, f"m{uuid4()}", message.body.decode(), at=clock.now())
    answer = Client().post("/api/callbacks/rehearsal/", message.body, content_type="application/json", headers=headers)
    return str(json.loads(answer.content)["outcome"])


def test_a_card_is_saved_on_the_gateways_page_and_becomes_the_default(aurora, client):
    leaving = client.post(place(aurora, "new/"), {"method": "card"})
    query = parse_qs(urlsplit(leaving["location"]).query)
    order = open_order(settings.REHEARSAL_GATEWAY_SECRET, query["order"][0], query["signature"][0])
    assert order is not None
    assert "We are waiting for the payment provider" in client.get(order["return_url"]).content.decode()

    card = cards.new("save")
    message = Message.about(order, "profile.saved", reference=card["reference"], means=card)
    assert [tell(message), tell(message)] == ["saved", "saved"]

    page = client.get(order["return_url"]).content.decode()
    assert "Visa •••• 0001" in page
    assert "We are waiting" not in page
    profile = Profile.objects.filter(pk__isnull=False)
    with transaction.as_staff():
        (saved_card,) = profile.using("staff").filter(method="card")
    client.post(place(aurora, f"{saved_card.public_id}/default/"))
    with transaction.as_staff():
        saved_card.refresh_from_db()
    assert saved_card.is_default


def test_saving_given_up_leaves_nothing(aurora, client):
    leaving = client.post(place(aurora, "new/"), {"method": "card"})
    query = parse_qs(urlsplit(leaving["location"]).query)
    order = open_order(settings.REHEARSAL_GATEWAY_SECRET, query["order"][0], query["signature"][0])
    assert order is not None

    assert tell(Message.about(order, "profile.cancelled", reference="r", code="given_up")) == "cancelled"

    assert "We are waiting" not in client.get(order["return_url"]).content.decode()
    with transaction.as_staff():
        assert not Profile.objects.filter(method="card", state="active").exists()


def test_a_profile_that_nobody_began_is_unknown(aurora):
    card = cards.new("save")
    order = {"profile": "ppf_01k00000000000000000000000", "callback_url": ""}

    assert tell(Message.about(order, "profile.saved", reference="r", means=card)) == "unknown_profile"


def test_a_card_is_given_up_after_a_question(aurora, client):
    card = saved.card(aurora, at=clock.now())
    removal = place(aurora, f"{card.public_id}/removal/")

    assert "Visa •••• 0001" in client.get(removal).content.decode()
    client.post(removal)

    assert client.get(removal).status_code == 404
    assert "Visa •••• 0001" not in client.get(place(aurora)).content.decode().split("</main>")[0].split("messages")[-1]


def test_the_prepaid_account_is_not_given_up(aurora, client):
    with transaction.as_staff():
        prepaid = Profile.objects.get(method="prepaid")

    assert client.post(place(aurora, f"{prepaid.public_id}/removal/")).status_code == 409


def test_a_card_of_another_organization_does_not_exist(aurora, client):
    theirs = saved.card(people.borea(people.person("ben@borea.example")), at=clock.now())

    for rest in ("default/", "removal/"):
        assert client.post(place(aurora, f"{theirs.public_id}/{rest}")).status_code == 404
    with transaction.as_staff():
        theirs.refresh_from_db()
    assert (theirs.state, theirs.is_default) == ("active", False)


def test_who_may_not_pay_saves_nothing(aurora):
    people.member(aurora, people.person("cy@example.com"), Role.COLLABORATOR)
    cy = Client()
    cy.force_login(User.objects.get(email="cy@example.com"))

    assert cy.post(place(aurora, "new/"), {"method": "card"}).status_code == 403


def test_a_gateway_that_is_away_is_said_and_charges_nothing(aurora, client, monkeypatch):
    from plancia.payments.gateways import rehearsal
    from plancia.payments.gateways.protocol import GatewayAway

    def away(*_args: object, **_more: object) -> str:
        raise GatewayAway("nobody there")

    monkeypatch.setattr(rehearsal, "saving_url", away)

    answer = client.post(place(aurora, "new/"), {"method": "card"})

    assert answer.status_code == 502
    assert "does not answer at the moment" in answer.content.decode()
