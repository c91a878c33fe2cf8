"""The search for domain names, through the registrar of the rehearsal driver."""

from __future__ import annotations

import json
import re

import pytest
from django.core.cache import cache

from plancia.catalog.models import Plan, Price
from plancia.kernel import transaction
from plancia.provisioning import drivers, registrars
from plancia.provisioning.drivers import DriverFailed
from plancia.provisioning.drivers.rehearsal import RehearsalDriver
from plancia.provisioning.models import RehearsedService
from plancia.shop.models import CartLine
from tests.shop import world
from tests.web.shop.pages import counted

FREE, TAKEN = "azzurro.ch", "aurora-a.ch"


@pytest.fixture(autouse=True)
def fresh(db):
    cache.clear()


@pytest.fixture
def endings(plans) -> None:
    """Sell .com and .swiss beside .ch."""
    with transaction.as_staff():
        for position, ending in enumerate(("com", "swiss"), start=2):
            plan = Plan.objects.create(
                product_type=plans["domain"].product_type,
                code=f"domain-{ending}",
                position=position,
                names={"en": f".{ending}"},
                specification={"ending": ending},
            )
            Price.objects.create(
                plan=plan,
                currency="CHF",
                months=12,
                version=1,
                amount_minor=1500,
                valid_from=world.NOON.replace(year=2025),
            )


def names(page: str, word: str) -> set[str]:
    rows = re.findall(r'<span class="rows__name break">([^<]+)</span>.*?</li>', page)
    return {name for name in rows if word in page.split(name, 1)[1].split("</li>", 1)[0]}


def test_a_name_is_looked_up_under_every_ending(visitor, endings):
    page = visitor.get("/shop/domains/", {"q": "azzurro"}).content.decode()

    for ending in ("ch", "com", "swiss"):
        assert f">azzurro.{ending}<" in page
    said = RehearsalDriver().free_names([f"azzurro.{ending}" for ending in ("ch", "com", "swiss")])
    free = {name for name, is_free in said.items() if is_free}
    assert free <= names(page, "Free to register")
    assert {name for name in said if name not in free} <= names(page, "Taken already")


def test_the_ending_that_was_typed_comes_first(visitor, endings):
    page = visitor.get("/shop/domains/", {"q": "https://www.Azzurro.swiss/shop"}).content.decode()

    assert re.findall(r'rows__name break">([^<]+)<', page)[0] == "azzurro.swiss"


def test_accents_and_words_are_understood(visitor, endings):
    page = visitor.get("/shop/domains/", {"q": "Müller & Söhne"}).content.decode()

    assert "müller-söhne.ch" in page


def test_what_a_customer_here_has_is_taken(visitor, plans):
    with transaction.as_staff():
        RehearsedService.objects.create(
            key="sub_1", presence="running", specification={"choices": {"domain": "azzurro.ch"}}
        )

    page = visitor.get("/shop/domains/", {"q": "azzurro.ch"}).content.decode()

    assert "azzurro.ch" in names(page, "Taken already")
    assert "azzurro-online.ch" in page or "my-azzurro.ch" in page or "get-azzurro.ch" in page


def test_several_names_go_into_the_cart_at_once(visitor, endings):
    response = visitor.post(
        "/shop/domains/", {"q": "azzurro", "name": ["domain-one/12/azzurro.ch", "domain-com/12/azzurro.com"]}
    )

    assert response.url == "/shop/cart/"
    assert sorted(line.choices["domain"] for line in CartLine.objects.all()) == ["azzurro.ch", "azzurro.com"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "nothing",
        "domain-one/12/azzurro.com",
        "hosting-one/12/a.ch",
        "domain-one/x/a.ch",
        "\0/12/\0",
        "a/1/" + "b" * 5000,
    ],
)
def test_what_cannot_be_added_adds_nothing(visitor, endings, name):
    response = visitor.post("/shop/domains/", {"q": "azzurro", "name": [name]})

    assert response.status_code == 422
    assert not CartLine.objects.exists()


@pytest.mark.parametrize("asked", ["   ", "-", "🎁", "a" * 100, "..", "@", "<script>", "%00", "аurora"])
def test_whatever_is_asked_is_answered(visitor, endings, asked):
    assert visitor.get("/shop/domains/", {"q": asked}).status_code in (200, 422)


def test_a_registrar_that_does_not_answer_leaves_it_open(visitor, endings):
    class Silent(RehearsalDriver):
        def free_names(self, names):
            raise DriverFailed("no answer")

    drivers.register("rehearsal", Silent())
    try:
        page = visitor.get("/shop/domains/", {"q": "azzurro"}).content.decode()
    finally:
        drivers.forget("rehearsal")

    assert names(page, "Not known now") >= {"azzurro.ch", "azzurro.com", "azzurro.swiss"}
    assert 'value="domain-one/12/azzurro.ch"' in page


def test_a_driver_that_is_no_registrar_is_not_asked(db):
    assert set(registrars.availability("manual", ["a.ch"]).values()) == {registrars.Availability.UNKNOWN}


def test_an_answer_is_remembered(visitor, endings):
    asked: list[str] = []

    class Counting(RehearsalDriver):
        def free_names(self, names):
            asked.extend(names)
            return super().free_names(names)

    drivers.register("rehearsal", Counting())
    try:
        for _ in range(2):
            visitor.get("/shop/domains/", {"q": "azzurro"})
    finally:
        drivers.forget("rehearsal")

    assert len(asked) == len(set(asked))


def test_prices_are_shown_with_tax_when_asked_and_the_sum_follows_the_settings(visitor, plans):
    page = visitor.get("/shop/hosting/").content.decode()
    assert "CHF\xa099.00" in page
    visitor.post("/shop/prices/", {"tax": "with", "next": "/shop/hosting/"})

    page = visitor.get("/shop/hosting/", {"plan": "hosting-one"}).content.decode()
    priced = visitor.post(
        "/shop/server/price/", {"plan": "server-one", "months": "1", "quantity": "3"}
    ).content.decode()

    assert "VAT 8.1" in page
    assert "CHF\xa0107.02" in page
    assert re.search(r'id="price".*CHF\xa064\.86', priced)


@pytest.mark.parametrize("quantity", ["", "0", "-3", "x", "99999999999999999999", "10001", "1.5"])
def test_a_quantity_that_makes_no_sense_has_no_price(visitor, plans, quantity):
    response = visitor.post("/shop/server/price/", {"plan": "server-one", "months": "1", "quantity": quantity})

    assert response.status_code == 422
    assert "Enter a whole number from 1 to 10000." in response.content.decode().replace(",", "")


def test_a_page_says_to_machines_what_it_sells(visitor, plans):
    page = visitor.get("/shop/hosting/").content.decode()

    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    data = json.loads(text)
    assert (data["@type"], data["name"]) == ("Product", "Web hosting")
    assert {(offer["price"], offer["priceCurrency"]) for offer in data["offers"]} >= {("99.00", "CHF")}
    assert '<link rel="canonical" href="http://testserver/shop/hosting/">' in page
    assert '<meta name="description" content="A web hosting of your own.">' in page


def test_nothing_in_the_data_ends_the_element(visitor, plans):
    with transaction.as_staff():
        kind = plans["hosting"].product_type
        kind.names = {"en": "</script><b>x"}
        kind.save(update_fields=["names"])

    page = visitor.get("/shop/hosting/").content.decode()

    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert json.loads(text)["name"] == "</script><b>x"


def test_a_category_has_its_own_page(visitor, plans):
    assert "Web hosting" in visitor.get("/shop/categories/web/").content.decode()
    assert visitor.get("/shop/categories/nothing/").status_code == 404


def test_the_search_asks_the_database_little(visitor, endings):
    visitor.get("/shop/domains/", {"q": "azzurro"})
    with counted() as queries:
        visitor.get("/shop/domains/", {"q": "azzurro"})

    assert len(queries) <= 6
