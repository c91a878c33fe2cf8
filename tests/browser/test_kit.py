"""The kit and the console in a real browser: accessible in both themes and widths, usable without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from plancia.billing.models import Invoice
from plancia.kernel import clock, transaction
from tests import people
from tests.browser.conftest import sign_in
from tests.web import shapes

pytestmark = pytest.mark.browser

LOOKS = [
    pytest.param({"color_scheme": scheme, "viewport": {"width": width, "height": 900}}, id=f"{scheme}-{width}")
    for scheme in ("light", "dark")
    for width in (1440, 390)
]
NO_SCRIPT = {"java_script_enabled": False, "viewport": {"width": 390, "height": 844}}


@pytest.fixture
def home(context: BrowserContext, live: str) -> str:
    """Aurora's home, with Ada signed in."""
    at = clock.now()
    shapes.catalogue(at - timedelta(days=900))
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="en")
    aurora = people.aurora(ada)
    products = shapes.products(aurora, 12, at=at)
    shapes.invoices(aurora, products[:3], at=at, unpaid=1)
    sign_in(context, live, ada)
    return f"/o/{aurora.public_id}/"


def violations(page: Page) -> list[str]:
    # Axe would fetch style sheets by itself, from addresses that it reads wrongly.
    found = Axe().run(page, options={"preload": False, "resultTypes": ["violations"]}).response["violations"]
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


def is_wider_than_the_screen(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def wrong_in_both_looks(page: Page) -> list[str]:
    """Return what is wrong with the present page on a dark phone and on a light desk; the page is loaded once."""
    found = []
    for scheme, width, height in (("dark", 390, 844), ("light", 1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        # Colours pass slowly from one look to the other.
        page.evaluate("document.getAnimations().forEach(one => one.finish())")
        found += [f"{scheme}, {width}: {one}" for one in violations(page)]
        if is_wider_than_the_screen(page):
            found.append(f"{scheme}, {width}: wider than the screen")
    return found


@pytest.mark.parametrize("context", LOOKS, indirect=True)
def test_the_kit_is_accessible_and_fits(page):
    page.goto("/kit/")

    assert violations(page) == []
    assert not is_wider_than_the_screen(page)


@pytest.mark.slow
@pytest.mark.parametrize("context", [LOOKS[0], LOOKS[3]], indirect=True)
def test_the_console_is_accessible_and_fits(page, home):
    page.goto(f"{home}products/")
    product = page.locator(".table__link").first.get_attribute("href")
    with transaction.as_staff():
        invoice = Invoice.objects.get(state="open")

    for path in (
        home,
        f"{home}products/",
        product,
        f"{product}cancellation/",
        f"{home}accounting/invoices/",
        f"{home}accounting/invoices/{invoice.public_id}/",
        f"{home}accounting/prepaid/",
        f"{home}settings/members/",
        f"{home}search/?q=w",
        f"{home}nowhere/",
    ):
        page.goto(path)

        assert violations(page) == [], path
        assert not is_wider_than_the_screen(page), path


def test_the_palette_opens_on_ctrl_k_finds_and_leads_there(page, home):
    page.goto(home)

    page.keyboard.press("Control+k")
    page.keyboard.type("www.auro")
    expect(page.locator(".palette .results__item").first).to_contain_text("www.aurora.example")
    assert violations(page) == []
    page.keyboard.press("Enter")

    expect(page.locator("h1")).to_contain_text("www.aurora.example")


def test_a_menu_closes_on_escape_and_on_a_click_beside_it(page, home):
    page.goto(home)
    menu = page.locator("details.menu--wide")

    menu.locator("summary").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    menu.locator("summary").click()
    page.locator("h1").click(position={"x": 4, "y": 4})

    expect(menu).not_to_have_attribute("open", "")


@pytest.mark.parametrize("context", [NO_SCRIPT], indirect=True)
def test_without_a_script_and_on_a_phone_every_menu_works(page, home):
    page.goto(home)

    page.locator(".topbar__menu").click()
    expect(page.locator("#side-menu")).to_be_visible()
    page.locator("#side-menu").get_by_text("Accounting").click()
    page.locator("#side-menu").get_by_role("link", name="Invoices").click()
    expect(page.locator("h1")).to_have_text("Invoices")
    page.get_by_role("link", name="Search").click()
    page.locator("main input[name=q]").fill("www")
    page.locator("main").get_by_role("button", name="Search").click()
    expect(page.locator("main .results__item").first).to_contain_text("www.aurora.example")
    page.locator(".topbar__person").click()

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.parametrize("context", [NO_SCRIPT | {"color_scheme": "light"}], indirect=True)
def test_without_a_script_theme_and_language_are_chosen(page):
    page.goto("/kit/")

    page.get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="Deutsch").click()

    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("context", [{"forced_colors": "active", "reduced_motion": "reduce"}], indirect=True)
def test_nothing_is_refused_by_our_own_policy(page, home):
    refused = []
    page.on(
        "console", lambda message: refused.append(message.text) if "Content Security Policy" in message.text else None
    )

    for path in (home, f"{home}products/", "/kit/"):
        page.goto(path)

    assert refused == []
