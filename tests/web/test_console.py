"""The console's pages: what they show, to whom, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plancia.accounts.models import User
from plancia.billing.models import Invoice
from plancia.kernel import clock, transaction
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.subscriptions.models import Subscription
from tests import people
from tests.web import shapes

MOST_QUERIES = 10
HOSTILE = '<script>alert("x")</script>' + "ä" * 100 + "🏔️ שלום"


@dataclass
class World:
    ada: User
    aurora: Organization
    products: list[Subscription]
    invoices: list[Invoice]

    @property
    def home(self) -> str:
        return f"/o/{self.aurora.public_id}/"

    def pages(self) -> list[str]:
        return [
            self.home,
            f"{self.home}products/",
            f"{self.home}products/type/{self.products[0].product_type}/",
            f"{self.home}products/{self.products[0].public_id}/",
            f"{self.home}cancellations/new/?sub={self.products[0].public_id}",
            f"{self.home}accounting/invoices/",
            f"{self.home}accounting/invoices/{self.invoices[0].public_id}/",
            f"{self.home}accounting/prepaid/",
            f"{self.home}accounting/payment-methods/",
            f"{self.home}settings/members/",
            f"{self.home}search/?q=a",
        ]


def world(size: int) -> World:
    """Make Aurora with `size` products and invoices; the catalogue is there."""
    at = clock.now()
    shapes.catalogue(at - timedelta(days=900))
    ada = people.person("ada@aurora.example", "Ada", "Rossi")
    aurora = people.aurora(ada)
    made = shapes.products(aurora, size, at=at)
    shapes.invoices(aurora, made, at=at, unpaid=1)
    with transaction.as_staff():
        invoices = list(Invoice.objects.filter(organization=aurora).order_by("-issued_on"))
    return World(ada, aurora, made, invoices)


@pytest.fixture
def small(db) -> World:
    return world(2)


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def queries(client: Client, page: str) -> int:
    """Return how many statements a page costs, on both connections; the transaction's own are not counted."""
    client.get(page)
    with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["staff"]) as staff:
        response = client.get(page)
    assert response.status_code == 200, page
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not one["sql"].startswith(frame) for one in [*web.captured_queries, *staff.captured_queries])


def test_pages_cost_at_most_ten_queries_and_the_same_for_two_rows_and_for_fifty(db):
    few = world(2)
    client = browser(few.ada)
    costs = {page: queries(client, page) for page in few.pages()}

    shapes_at = clock.now()
    more = shapes.products(few.aurora, 48, at=shapes_at)
    shapes.invoices(few.aurora, more, at=shapes_at, unpaid=10)

    assert {page: cost for page, cost in costs.items() if cost > MOST_QUERIES} == {}
    assert {page: queries(client, page) for page in few.pages()} == costs


@pytest.mark.parametrize("language", ["it", "en", "fr", "de", "es"])
def test_every_page_opens_in_every_language(small, language):
    client = browser(small.ada)
    client.cookies["language"] = language

    for page in small.pages():
        response = client.get(page)

        assert response.status_code == 200, page
        assert f'<html lang="{language}"' in response.content.decode()


def test_an_organization_without_anything_has_pages_that_say_what_to_do(db):
    shapes.catalogue(clock.now())
    ada = people.person("ada@aurora.example")
    home = f"/o/{people.aurora(ada).public_id}/"

    for page in (home, f"{home}products/", f"{home}accounting/invoices/", f"{home}accounting/prepaid/"):
        response = browser(ada).get(page)

        assert response.status_code == 200
        assert 'class="empty"' in response.content.decode()


def test_somebody_without_an_organization_is_led_to_the_shop(db):
    response = browser(people.person("nora@example.com")).get("/")

    assert response.status_code == 200
    assert 'href="/shop/"' in response.content.decode()


def test_one_lands_in_the_organization_looked_at_last(small):
    client = browser(small.ada)
    borea = people.borea(small.ada)
    client.get(f"/o/{borea.public_id}/")

    assert client.get("/").url == f"/o/{borea.public_id}/"


def test_fifty_products_are_on_a_page_and_the_rest_on_the_next(small):
    shapes.products(small.aurora, 51, at=clock.now())
    client = browser(small.ada)

    first = client.get(f"{small.home}products/").content.decode()
    second = client.get(f"{small.home}products/?page=2").content.decode()

    assert first.count("table__main") == 50 and second.count("table__main") == 3
    assert 'rel="next" href="?page=2"' in first


@pytest.mark.parametrize("page", ["0", "-1", "999999999999", "x", "²", ""])
def test_a_page_that_does_not_exist_gives_the_nearest(small, page):
    response = browser(small.ada).get(f"{small.home}products/", {"page": page})

    assert response.status_code == 200


@pytest.mark.parametrize("query", ["q=www", "state=active&q=w"])
def test_a_filter_shows_what_fits(small, query):
    page = browser(small.ada).get(f"{small.home}products/?{query}").content.decode()

    assert "www.aurora.example" in page and "shop.aurora.example" not in page


@pytest.mark.parametrize(
    "query", ["q=zzz", "state=nonsense", "type=nonsense", "q=zzz%00", "type=z%00", "q=" + "x" * 5000]
)
def test_a_filter_that_fits_nothing_says_so(small, query):
    response = browser(small.ada).get(f"{small.home}products/?{query}")

    assert response.status_code == 200
    assert "table__main" not in response.content.decode()


def test_what_people_wrote_is_shown_and_never_run(small):
    with transaction.as_staff():
        Subscription.objects.filter(pk=small.products[0].pk).update(name=HOSTILE)
        Organization.objects.filter(pk=small.aurora.pk).update(name=HOSTILE)
        User.objects.filter(pk=small.ada.pk).update(first_name=HOSTILE)

    for page in [*small.pages(), f"{small.home}search/?q=%3Cscript%3E"]:
        assert "<script>alert" not in browser(small.ada).get(page).content.decode()


def test_a_collaborator_without_accounting_sees_no_money(small):
    bo = people.person("bo@aurora.example")
    people.member(small.aurora, bo, Role.COLLABORATOR)
    client = browser(bo)

    home = client.get(small.home)

    assert home.status_code == 200
    assert "accounting" not in home.content.decode()
    for page in ("accounting/invoices/", "accounting/prepaid/", "settings/members/"):
        assert client.get(small.home + page).status_code == 403


def test_a_collaborator_sees_no_product_that_was_not_granted(small):
    bo = people.person("bo@aurora.example")
    people.member(small.aurora, bo, Role.COLLABORATOR)
    client = browser(bo)

    assert "www.aurora.example" not in client.get(f"{small.home}products/").content.decode()
    assert client.get(f"{small.home}products/{small.products[0].public_id}/").status_code == 404
    assert "www" not in client.get(
        f"{small.home}search/?q=www", headers={"X-Fragment": "results"}
    ).content.decode().replace("“www”", "")


def test_nothing_of_an_organization_is_found_under_the_address_of_another(small):
    borea = people.borea(small.ada)
    there = f"/o/{borea.public_id}/"
    client = browser(small.ada)

    for page in small.pages()[3:5] + small.pages()[6:7]:
        assert client.get(page.replace(small.home, there)).status_code == 404
    assert "www.aurora.example" not in client.get(f"{there}products/").content.decode()


def test_the_palette_gets_the_results_alone(small):
    client = browser(small.ada)

    fragment = client.get(f"{small.home}search/?q=www", headers={"X-Fragment": "results"}).content.decode()

    assert "<html" not in fragment and "www.aurora.example" in fragment


def test_search_looks_past_accents_and_capitals_in_the_names_of_pages(small):
    page = browser(small.ada).get(f"{small.home}search/?q=INVOÍCES").content.decode()

    assert f'href="{small.home}accounting/invoices/"' in page


def test_an_invoice_explains_its_lines_and_says_how_to_pay(small):
    owed = next(one for one in small.invoices if one.state == "open")

    page = browser(small.ada).get(f"{small.home}accounting/invoices/{owed.public_id}/").content.decode()

    assert owed.number in page and "22\u00a0%" in page
    assert owed.payment_reference in page


def test_a_product_type_that_does_not_exist_is_not_found(small):
    assert browser(small.ada).get(f"{small.home}products/type/teapot/").status_code == 404
