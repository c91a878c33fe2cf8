"""The help centre in a real browser: find, read, vote, open the page that it is about; and without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from plancia.demo import help_centre
from plancia.kernel import clock, transaction
from plancia.knowledge.models import Vote
from tests import people
from tests.browser.conftest import sign_in
from tests.browser.test_kit import LOOKS, NO_SCRIPT, is_wider_than_the_screen, violations
from tests.web import shapes

pytestmark = [pytest.mark.browser, pytest.mark.slow]
DESK = {"viewport": {"width": 1440, "height": 900}, "locale": "it-IT"}


@pytest.fixture
def org(context: BrowserContext, live: str) -> str:
    """Aurora's public id, with Ada signed in and the bundled articles there."""
    at = clock.now()
    shapes.catalogue(at - timedelta(days=900))
    help_centre.stock(at=at)
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="it")
    aurora = people.aurora(ada)
    sign_in(context, live, ada)
    return aurora.public_id


def votes() -> list[tuple[bool, str]]:
    with transaction.as_staff():
        return list(Vote.objects.order_by("pk").values_list("is_helpful", "missing"))


@pytest.mark.parametrize("context", [DESK], indirect=True)
def test_a_reader_finds_reads_votes_and_opens_the_page(page: Page, org: str):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/help/")
    page.get_by_role("searchbox", name="Cerca nel centro assistenza").press_sequentially("prelvare il sald")
    suggestion = page.locator(".suggestions a").first
    expect(suggestion).to_contain_text("Prelevare il saldo")
    page.keyboard.press("ArrowDown")
    expect(suggestion).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Prelevare il saldo")
    page.get_by_role("button", name="No", exact=True).click()
    page.get_by_label("Che cosa mancava?").fill("Quanto ci vuole?")
    page.get_by_role("button", name="Invia").click()
    expect(page.locator(".notices")).to_contain_text("Grazie")
    assert votes() == [(False, "Quanto ci vuole?")]

    page.get_by_role("link", name="Apri questa pagina nella console").click()
    assert f"/o/{org}/accounting/prepaid/" in page.url
    assert all(url.startswith(page.url.split("/o/")[0]) for url in asked)


@pytest.mark.parametrize("context", [NO_SCRIPT | {"locale": "it-IT"}], indirect=True)
def test_without_a_script_everything_is_found_read_and_voted(page: Page, org: str):
    page.goto(f"/o/{org}/accounting/prepaid/")
    page.get_by_role("link", name="Aiuto per questa pagina").click()
    page.get_by_role("link", name="A che cosa serve il conto prepagato").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A che cosa serve il conto prepagato")
    page.get_by_role("button", name="Sì", exact=True).click()
    expect(page.get_by_role("button", name="Sì", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Cerca nel centro assistenza").click()
    page.get_by_role("main").get_by_role("searchbox").fill("xilofono")
    page.get_by_role("main").get_by_role("button", name="Cerca").click()

    expect(page.get_by_role("main")).to_contain_text("Nessun risultato per «xilofono».")
    assert votes() == [(True, "")]


@pytest.mark.parametrize("context", [DESK], indirect=True)
def test_the_panel_goes_along_and_votes_without_leaving_the_page(page: Page, org: str):
    page.goto(f"/o/{org}/accounting/prepaid/")
    page.get_by_role("link", name="Aiuto per questa pagina").click()
    panel = page.get_by_role("dialog", name="Aiuto per questa pagina")
    expect(panel.get_by_role("heading", level=2).first).to_have_text("A che cosa serve il conto prepagato")
    assert violations(page) == []
    panel.get_by_role("link", name="Pagare ordini e rinnovi con il saldo").first.click()
    expect(panel.get_by_role("heading", level=2).first).to_have_text("Pagare ordini e rinnovi con il saldo")
    panel.get_by_role("button", name="Sì", exact=True).click()
    expect(panel).to_contain_text("Grazie")
    assert page.url.endswith("/accounting/prepaid/")

    page.goto(f"/o/{org}/accounting/invoices/")
    expect(panel.get_by_role("heading", level=2).first).to_have_text("Pagare ordini e rinnovi con il saldo")
    expect(page.locator("body")).to_be_focused()
    panel.get_by_role("button", name="Chiudi l’aiuto").click()
    page.reload()

    expect(panel).to_be_hidden()
    assert votes() == [(True, "")]


@pytest.mark.parametrize("context", [LOOKS[0], LOOKS[3]], indirect=True)
def test_the_help_centre_is_accessible_and_fits(page: Page, org: str):
    for path in (
        "/help/en/",
        "/help/en/category/account/",
        "/help/en/2030/",
        "/help/en/7000/",
        "/help/en/2030/?vote=no",
        "/help/en/search/?q=invoce",
        "/help/en/search/?q=xylophone",
        f"/help/en/for/prepaid/?org={org}",
    ):
        page.goto(path)

        assert violations(page) == [], path
        assert not is_wider_than_the_screen(page), path
