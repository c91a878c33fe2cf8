"""The page of what is to pay, over HTTP: what it lists, counts and costs, and who may pay."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from plancia.accounts.models import User
from plancia.billing.models import Invoice
from plancia.kernel import clock, transaction
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.outbox import facts
from plancia.subscriptions.models import Selection, Subscription
from tests import people
from tests.subscriptions import world
from tests.web import shapes
from tests.web.test_console import MOST_QUERIES, browser, queries


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@aurora.example", "Ada", "Rossi", language="en")


@pytest.fixture
def aurora(ada: User) -> Organization:
    return people.aurora(ada)


@pytest.fixture
def held(aurora: Organization) -> Subscription:
    """A year of hosting that ends in a month."""
    now = clock.now()
    bought = world.buy(aurora, world.plan(), at=now - timedelta(days=335), name="aurora.it")
    world.top_up(aurora, "300", at=now)
    return bought


def page_of(organization: Organization) -> str:
    return f"/o/{organization.public_id}/accounting/to-pay/"


def test_what_is_ticked_is_counted_placed_and_paid(ada: User, aurora: Organization, held: Subscription) -> None:
    client, page = browser(ada), page_of(aurora)
    ticked = {"pick": held.public_id, f"months-{held.public_id}": "24", "form": str(uuid4())}

    counted = client.post(page, ticked).content.decode()
    placed = [client.post(f"{page}selections/", ticked).url for _ in range(2)]
    with facts.told_by_caller():
        paid = [client.post(f"{placed[0]}payment/", {"method": "prepaid"}) for _ in range(2)]

    assert "€231.80" in counted  # 190.00 and 22 % VAT
    assert placed[0] == placed[1]
    assert [answer.status_code for answer in paid] == [302, 302]
    assert "Paid" in client.get(placed[0]).content.decode()
    with transaction.as_staff():
        assert Selection.objects.get().state == "paid"
        assert Invoice.objects.filter(purpose=Selection.objects.get().public_id).count() == 1
    assert world.fresh(held).months == 24


def test_a_transfer_has_its_reference_and_its_paper(ada: User, aurora: Organization, held: Subscription) -> None:
    client, page = browser(ada), page_of(aurora)
    address = client.post(f"{page}selections/", {"pick": held.public_id}).url

    client.post(f"{address}payment/", {"method": "transfer"})
    paper = client.get(f"{address}pro-forma/")

    assert Selection.objects.using("staff").get().payment_reference[-4:] in client.get(address).content.decode()
    assert paper["Content-Type"] == "application/pdf"
    assert paper.content.startswith(b"%PDF")


def test_a_card_leads_to_the_gateway_and_leaves_the_prepaid_part(
    ada: User, aurora: Organization, held: Subscription, settings
) -> None:
    client, page = browser(ada), page_of(aurora)
    wished = {"pick": held.public_id, f"months-{held.public_id}": "36", f"terms-{held.public_id}": "1"}
    address = client.post(f"{page}selections/", wished).url
    shown = client.get(address).content.decode()

    answer = client.post(f"{address}payment/", {"method": "card", "from_prepaid": "1"})

    # 270.00 and 22 % VAT; 300.00 are there.
    assert "€329.40" in shown
    assert "€29.40" in shown
    assert answer.status_code == 302
    assert not answer.url.startswith("/o/")


@pytest.mark.parametrize(
    "ticked",
    [{}, {"pick": "sub_nothing"}, {"pick": "inv_01h00000000000000000000000"}, {"pick": "x\0y", "months-": "9"}],
)
def test_what_makes_no_sense_is_refused_and_the_list_stays(
    ada: User, aurora: Organization, held: Subscription, ticked: dict[str, str]
) -> None:
    answer = browser(ada).post(f"{page_of(aurora)}selections/", ticked)

    assert answer.status_code == 422
    assert "aurora.it" in answer.content.decode()


def test_the_list_looks_two_months_ahead_unless_told(ada: User, aurora: Organization, held: Subscription) -> None:
    world.buy(aurora, world.plan("later"), at=clock.now() - timedelta(days=100), name="later.it")
    client = browser(ada)

    soon, everything = (client.get(page_of(aurora) + more).content.decode() for more in ("", "?show=all"))

    assert ("aurora.it" in soon, "later.it" in soon) == (True, False)
    assert "later.it" in everything


def test_all_means_every_page(ada: User, aurora: Organization) -> None:
    now = clock.now()
    shapes.catalogue(now - timedelta(days=900))
    shapes.products(aurora, 120, at=now)
    client = browser(ada)

    counted = client.post(f"{page_of(aurora)}", {"all": "1", "show": "all"}).content.decode()

    assert "Total of 1" in counted  # more than a page has: some hundred of 120 cost something and go on


def test_a_collaborator_without_billing_sees_nothing(aurora: Organization, held: Subscription) -> None:
    cy = people.person("cy@example.com")
    people.member(aurora, cy, Role.COLLABORATOR)

    assert browser(cy).get(page_of(aurora)).status_code == 403


def test_the_page_costs_the_same_for_twenty_products_and_for_five_hundred(ada: User, aurora: Organization) -> None:
    now = clock.now()
    shapes.catalogue(now - timedelta(days=900))
    made = shapes.products(aurora, 20, at=now)
    shapes.invoices(aurora, made[:2], at=now, unpaid=1)
    client: Client = browser(ada)
    page = f"{page_of(aurora)}?show=all"
    few = queries(client, page)

    shapes.products(aurora, 500, at=now)
    many = queries(client, page)

    assert few == many <= MOST_QUERIES
