"""The shop in a real browser, in Italian: the guides about promo codes and complimentary offers, step by step."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from plancia.catalog.models import Category, Edition
from plancia.kernel import clock, transaction
from plancia.promotions.states import Kind
from plancia.shop.models import Order
from tests import people
from tests.browser.conftest import sign_in
from tests.browser.test_kit import LOOKS, NO_SCRIPT, is_wider_than_the_screen, violations
from tests.shop import test_codes, test_offers, world

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHONE_WITHOUT_SCRIPT = {**NO_SCRIPT, "viewport": {"width": 390, "height": 844}}
DESK = {"viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def plans(db):
    plans = world.catalogue(clock.now() - timedelta(days=1))
    with transaction.as_staff():
        Category.objects.update(names={"en": "Web", "it": "Web e dominio"})
        Edition.objects.create(number=1, imported_at=clock.now(), imported_by="a test", counts={})
    return plans


@pytest.fixture
def ada(context: BrowserContext, live: str, plans):
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="it")
    sign_in(context, live, ada)
    return ada


@pytest.fixture
def borea(ada):
    return people.company(ada, "Borea SA", country="CH", city="Lugano", postcode="6900", street="Via Nassa")


@pytest.fixture
def has_script(request: pytest.FixtureRequest) -> bool:
    """Whether the browser of this test runs scripts."""
    return bool(request.node.callspec.params["context"].get("java_script_enabled", True))


def assert_accessible(page: Page, *, has_script: bool) -> None:
    """Nothing is wrong with the page, as far as a script can tell; without scripts nobody can ask."""
    if has_script:
        assert violations(page) == []
        assert not is_wider_than_the_screen(page)


def choose(page: Page, plan: str, **typed: str) -> None:
    """Put a plan into the cart, as a customer does."""
    page.goto(f"/shop/{plan}/?plan={plan}-one")
    for label, text in typed.items():
        page.get_by_role("textbox", name=label).fill(text)
    page.get_by_role("button", name="Aggiungi al carrello").click()
    expect(page.get_by_role("heading", name="Il tuo carrello")).to_be_visible()


def orders() -> list[Order]:
    with transaction.as_staff():
        return list(Order.objects.order_by("placed_at"))


@pytest.mark.parametrize("context", [DESK, PHONE_WITHOUT_SCRIPT], indirect=True)
def test_two_promo_codes_on_two_lines_as_the_guide_says(page: Page, borea, has_script: bool):
    test_codes.campaign("BENVENUTO", starts_at=clock.now() - timedelta(days=1))
    test_codes.campaign(
        "DOMINI", starts_at=clock.now() - timedelta(days=1), kind=Kind.FREE, percent=None, types=["domain"]
    )
    choose(page, "hosting")
    choose(page, "domain", Domain="aurora-uno.ch")
    page.get_by_role("link", name="Alla cassa").click()

    page.get_by_text("Bonifico bancario").click()
    page.get_by_label("Codice promozionale").fill("benvenuto")
    page.get_by_role("button", name="Applica").click()
    expect(page.get_by_text("Codice promozionale BENVENUTO: sconto 20 %")).to_be_visible()
    page.get_by_label("Codice promozionale").fill("domini")
    page.get_by_role("button", name="Applica").click()
    expect(page.get_by_text("Codice promozionale DOMINI: gratis")).to_be_visible()
    page.get_by_label("Codice promozionale").fill("DOMINI")
    page.get_by_role("button", name="Applica").click()
    expect(page.get_by_text("Il codice DOMINI è già applicato.")).to_be_visible()
    assert_accessible(page, has_script=has_script)
    page.get_by_label("Codice promozionale").fill("")
    page.get_by_label("Ho letto e accetto").check()
    page.get_by_role("button", name="Ordina e paga").click()

    expect(page.get_by_text("Codice promozionale BENVENUTO")).to_be_visible()
    (order,) = orders()
    assert (order.net_minor, order.method) == (7920, "transfer")


@pytest.mark.parametrize("context", [DESK, PHONE_WITHOUT_SCRIPT], indirect=True)
def test_a_complimentary_offer_as_the_guide_says(page: Page, borea, plans, has_script: bool):
    grant = test_offers.give(borea, plans["hosting"], expires_at=clock.now() + timedelta(days=9))
    page.goto(f"/o/{borea.public_id}/products/type/hosting/")
    page.locator("main").get_by_role("link", name="Ordina").first.click()
    page.get_by_role("button", name="Aggiungi al carrello").click()

    page.get_by_label("Gratuità per").select_option(grant.public_id)
    if not has_script:
        page.get_by_role("button", name="Usa", exact=True).click()
    expect(page.get_by_text("Gratis fino al")).to_be_visible()
    page.get_by_role("link", name="Alla cassa").click()
    page.get_by_label("Ho letto e accetto").check()
    page.get_by_role("button", name="Ordina gratis").click()

    expect(page.get_by_role("heading", name="Ordine")).to_be_visible()
    (order,) = orders()
    assert (order.total_minor, order.state) == (0, "paid")


@pytest.mark.parametrize("context", [LOOKS[0], PHONE_WITHOUT_SCRIPT], indirect=True)
def test_an_offer_in_the_wrong_organization_is_mended_in_two_clicks(page: Page, borea, ada, plans, has_script: bool):
    other = people.company(ada, "Cetus SA", country="CH", city="Locarno", postcode="6600", street="Piazza Grande")
    test_offers.give(other, plans["hosting"], expires_at=clock.now() + timedelta(days=9))
    choose(page, "hosting")
    expect(page.get_by_text("Appartiene a Cetus SA")).to_be_visible()
    assert_accessible(page, has_script=has_script)

    page.get_by_role("button", name="Ordina per Cetus SA e usala").click()
    expect(page.get_by_text("Gratis fino al")).to_be_visible()
    page.get_by_role("link", name="Alla cassa").click()

    expect(page.get_by_role("button", name="Ordina gratis")).to_be_visible()


@pytest.mark.parametrize("context", [LOOKS[0], LOOKS[3]], indirect=True)
def test_the_window_and_the_search_for_names_are_accessible_and_fit(page: Page, borea):
    for path in ("/shop/", "/shop/categories/web/", "/shop/domains/?q=aurora", "/shop/server/?plan=server-one"):
        page.goto(path)

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert violations(page) == [], path
        assert not is_wider_than_the_screen(page), path


def test_the_price_follows_what_is_typed(page: Page, borea):
    page.goto("/shop/server/?plan=server-one&months=1")

    page.get_by_label("Quantità").fill("3")
    page.get_by_label("Quantità").blur()

    expect(page.locator("#price")).to_contain_text("60,00")
