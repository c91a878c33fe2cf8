"""What the Italian guides tell a customer to click: each way exists, under its name, and leads there."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.provider import Provider

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTING = re.compile("^Hosting web")
ITALIAN = {"locale": "it-CH", "viewport": {"width": 1440, "height": 900}}


@pytest.fixture(scope="module")
def webmaster(shared_provider: Provider) -> dict[str, Any]:
    """Chiara, who administers the organizations of three companies."""
    found: dict[str, Any] = shared_provider.run("tests.journeys.webmaster")
    return found


@pytest.fixture(params=[True, False], ids=["JavaScript on", "JavaScript off"])
def page(request: pytest.FixtureRequest, shared_provider: Provider, webmaster: dict[str, Any], browser: Browser):
    """Aurora's home, where Chiara has signed in."""
    context = browser.new_context(base_url=shared_provider.url, java_script_enabled=request.param, **ITALIAN)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto("/account/sign-in/")
    page.get_by_label("E-mail").fill(webmaster["email"])
    page.get_by_label("Password").fill(webmaster["password"])
    page.get_by_role("main").get_by_role("button", name="Accedi", exact=True).click()
    page.goto(f"/o/{webmaster['companies']['Aurora Srl']}/")
    yield page
    context.close()


def test_three_ways_and_the_search_lead_to_the_list_of_web_hostings(page: Page, request: pytest.FixtureRequest):
    home, has_script = page.url, "JavaScript on" in request.node.name

    def arrives() -> None:
        expect(page).to_have_url(f"{home}products/type/web-hosting/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Hosting web")
        expect(page.get_by_role("main").get_by_role("link", name=re.compile("aurora.example"))).to_be_visible()
        page.goto(home)

    # The button at the top right, under "Prodotti".
    page.get_by_role("banner").get_by_text("Prodotti", exact=True).click()
    page.get_by_role("banner").get_by_role("link", name=HOSTING).click()
    arrives()
    # The side menu, under "Web e domini".
    side = page.get_by_role("navigation", name="Menu principale")
    side.locator("summary", has_text="Web e domini").click()
    side.get_by_role("link", name=HOSTING).click()
    arrives()
    # The middle of the home page, under "Web e domini".
    group = page.get_by_role("main").locator(".tile-group").filter(has=page.get_by_role("heading", name="Web e domini"))
    group.get_by_role("link", name=HOSTING).click()
    arrives()
    # The search: a palette, and without a script a page.
    if has_script:
        page.keyboard.press("Control+k")
        page.keyboard.type("hosting web")
        page.get_by_role("dialog").get_by_role("link", name=HOSTING).click()
    else:
        page.get_by_role("banner").get_by_role("searchbox").fill("hosting web")
        page.keyboard.press("Enter")
        page.get_by_role("main").get_by_role("link", name=HOSTING).first.click()
    arrives()


def test_a_webmaster_passes_from_company_to_company_without_signing_in_again(page: Page, webmaster: dict[str, Any]):
    companies = webmaster["companies"]
    products = {"Aurora Srl": "20", "Borea AG": "3", "Cirro Sagl": ""}

    for name, before in (("Borea AG", "Aurora Srl"), ("Cirro Sagl", "Borea AG"), ("Aurora Srl", "Cirro Sagl")):
        page.get_by_label(f"Organizzazione: {before}. Cambia organizzazione").click()
        page.get_by_role("banner").get_by_role("link", name=re.compile(name)).click()

        expect(page).to_have_url(re.compile(f"/o/{companies[name]}/$"))
        expect(page.get_by_label(f"Organizzazione: {name}. Cambia organizzazione")).to_be_visible()
        everything = page.get_by_role("navigation", name="Menu principale").get_by_role("link", name="Tutti i prodotti")
        expect(everything).to_have_text(f"Tutti i prodotti{products[name]}")
    # An address names its organization, whatever was looked at since.
    page.goto(f"/o/{companies['Borea AG']}/products/")
    expect(page.get_by_label("Organizzazione: Borea AG. Cambia organizzazione")).to_be_visible()


def test_the_avatar_tells_the_login_in_use_and_leads_to_the_profile(page: Page, webmaster: dict[str, Any]):
    page.get_by_label(f"Il tuo account: {webmaster['email']}").click()
    expect(page.get_by_role("banner").get_by_text(webmaster["email"])).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="Gestisci il mio profilo").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Il mio profilo")
    expect(page.get_by_role("main")).to_contain_text(re.compile(rf"E-mail di accesso\s*{webmaster['email']}"))


def test_the_first_order_makes_account_and_organization_named_after_the_person_or_the_company(
    shared_provider: Provider, browser: Browser
):
    context = browser.new_context(base_url=shared_provider.url, **ITALIAN)
    context.set_default_timeout(15_000)
    page = context.new_page()

    _choose_hosting(page, "rossi-prova.ch")
    page.goto("/shop/checkout/")
    page.get_by_role("link", name=re.compile("Non ho ancora un account")).click()
    page.get_by_label("Nome", exact=True).fill("Giulia")
    page.get_by_label("Cognome").fill("D’Angelo")
    page.get_by_label("E-mail").fill("giulia@example.com")
    page.get_by_label("Password").fill("violet-harbour-93")
    page.get_by_role("button", name="Crea l’account").click()
    page.get_by_label("Codice").fill(_code_from_mail(page))
    page.get_by_role("button", name="Continua").click()
    expect(page.get_by_role("radio", name="Privato")).to_be_checked()
    _order(page)
    expect(page.get_by_label("Organizzazione: Giulia D’Angelo. Cambia organizzazione")).to_be_visible()

    _choose_hosting(page, "fiorista-prova.ch")
    page.goto("/shop/checkout/?for=new")
    page.get_by_role("radio", name="Azienda").check()
    page.get_by_label("Nome dell’organizzazione").fill("Fiorista D’Angelo Sagl")
    _order(page)

    assert shared_provider.sql(
        "select name, kind from organizations_organization where name like '%D’Angelo%' order by created_at"
    ) == [("Giulia D’Angelo", "person"), ("Fiorista D’Angelo Sagl", "company")]
    context.close()


def _choose_hosting(page: Page, domain: str) -> None:
    page.goto("/shop/web-hosting/")
    page.get_by_role("link", name="Scegli Start").click()
    page.get_by_role("textbox", name="Nome di dominio").fill(domain)
    page.get_by_role("button", name="Aggiungi al carrello").click()
    expect(page.get_by_role("main")).to_contain_text(domain)


def _order(page: Page) -> None:
    page.get_by_role("combobox", name="Paese").select_option("CH")
    page.get_by_label("Via", exact=True).fill("Via Nassa")
    page.get_by_label("CAP").fill("6900")
    page.get_by_label("Località").fill("Lugano")
    page.get_by_role("radio", name=re.compile("Bonifico bancario")).check()
    page.get_by_role("checkbox", name=re.compile("condizioni generali")).check()
    page.get_by_role("button", name=re.compile("Ordina e paga")).click()
    page.wait_for_url(re.compile("/o/org_[a-z0-9]+/orders/ord_"))


def _code_from_mail(page: Page) -> str:
    """Read the kept mail in another tab, as the demo's footer offers."""
    tab = page.context.new_page()
    tab.goto("/mail/")
    tab.get_by_role("link", name=re.compile("il tuo codice")).first.click()
    text = tab.get_by_role("main").inner_text()
    tab.close()
    found = re.search(r"Il tuo codice: ([A-Z0-9-]+)", text)
    assert found, text
    return found.group(1)
