from __future__ import annotations

import pytest

from plancia.catalog.models import Plan, ProductType
from plancia.kernel import transaction
from tests.web.shop.pages import counted, put


def test_the_window_shows_every_type_with_its_lowest_price(visitor):
    page = visitor.get("/shop/").content.decode()

    assert "Web hosting" in page
    assert "from CHF\xa07.92 a month" in page
    assert "from CHF\xa012.00 a year" in page
    assert "free" in page


def test_prices_are_read_in_the_currency_that_was_chosen(visitor):
    response = visitor.post("/shop/currency/", {"currency": "EUR", "next": "/shop/?q=hosting"})

    assert response.url == "/shop/?q=hosting"
    assert "from €7.96 a month" in visitor.get("/shop/").content.decode()


@pytest.mark.parametrize("currency", ["XXX", "", "<script>", "chf"])
def test_a_currency_that_is_none_changes_nothing(visitor, currency):
    visitor.post("/shop/currency/", {"currency": currency})

    assert "from CHF" in visitor.get("/shop/").content.decode()


@pytest.mark.parametrize("following", ["https://evil.example/", "//evil.example", "http://[", "evil", "home"])
def test_another_sites_page_is_no_place_to_go_back_to(visitor, following):
    response = visitor.post("/shop/currency/", {"currency": "EUR", "next": following})

    assert response.url == "/shop/"


@pytest.mark.parametrize(("words", "found"), [("DOMAIN", True), ("domaïn nâme", True), ("hosting name", False)])
def test_the_search_finds_words_in_any_case_and_accent(visitor, words, found):
    page = visitor.get("/shop/", {"q": words}).content.decode()

    assert ("Domain name" in page) is found


@pytest.mark.parametrize("words", ["<script>alert(1)</script>", "🦄", "שלום", "x" * 500, "%", "\\"])
def test_a_search_for_anything_breaks_nothing(visitor, words):
    response = visitor.get("/shop/", {"q": words})

    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    assert "Nothing found" in response.content.decode()


def test_a_type_shows_its_plans_and_the_form_of_the_only_one(visitor):
    page = visitor.get("/shop/hosting/").content.decode()

    assert "One feature" in page
    assert 'name="months"' in page
    assert "CHF\xa099.00 every 12 months" in page


def test_the_frequency_to_compare_at_is_in_the_address(visitor):
    page = visitor.get("/shop/hosting/", {"months": "24"}).content.decode()

    assert "CHF\xa0190.00 every 24 months" in page


@pytest.mark.parametrize("months", ["7", "-1", "", "x", "1" * 5000])
def test_a_frequency_that_is_none_is_a_year(visitor, months):
    page = visitor.get("/shop/hosting/", {"months": months, "plan": "<b>"}).content.decode()

    assert "CHF\xa099.00 every 12 months" in page


def test_a_type_that_is_not_sold_does_not_exist(visitor):
    with transaction.as_staff():
        ProductType.objects.filter(code="server").update(is_withdrawn=True)

    assert visitor.get("/shop/server/").status_code == 404
    assert visitor.get("/shop/nothing/").status_code == 404


def test_a_type_whose_plans_are_withdrawn_says_so(visitor):
    with transaction.as_staff():
        Plan.objects.filter(code="server-one").update(is_withdrawn=True)

    assert "Not offered at the moment" in visitor.get("/shop/server/").content.decode()


@pytest.mark.parametrize(("address", "number"), [("/shop/", 7), ("/shop/hosting/", 5)])
def test_pages_ask_the_same_number_of_queries_whatever_they_show(visitor, address, number):
    """Session, cart's count, and what is sold."""
    put(visitor)
    visitor.get(address)

    with counted() as asked:
        visitor.get(address)

    assert len(asked) == number, [query["sql"] for query in asked]
