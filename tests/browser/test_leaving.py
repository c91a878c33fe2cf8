"""The Italian guide to cancelling, walked in a browser; and that no page asks anybody else for anything."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from plancia.kernel import clock
from tests.browser.conftest import sign_in
from tests.browser.test_kit import is_wider_than_the_screen, violations
from tests.leaving.world import mails, night
from tests.web.test_leaving import World

pytestmark = pytest.mark.browser
ITALIAN = {"locale": "it-CH", "viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def world(live: str, context: BrowserContext) -> World:
    world = World("web-hosting", "ssl-certificate")
    sign_in(context, live, world.ada)
    context.add_cookies([{"name": "language", "value": "it", "url": live}])
    return world


@pytest.mark.parametrize("context", [ITALIAN, ITALIAN | {"java_script_enabled": False}], indirect=True)
def test_the_guide_to_cancelling_leads_from_the_question_to_the_proof(page: Page, world: World):
    page.goto(world.home)
    side = page.get_by_role("navigation", name="Menu principale")
    side.get_by_text("Impostazioni").click()
    side.get_by_role("link", name="Disdette").click()
    page.get_by_role("link", name="Disdici un prodotto").click()
    expect(page.get_by_role("main")).to_contain_text("Quale prodotto desideri disdire?")
    page.get_by_role("main").get_by_role("link", name=re.compile("Hosting web")).click()
    page.get_by_role("checkbox", name=re.compile("web-hosting.example")).check()
    page.get_by_role("button", name="Continua con quelli scelti").click()
    main = page.get_by_role("main")
    expect(main).to_contain_text("Ciò che resta dovuto")
    expect(main).to_contain_text("Backup: web-hosting.example daily")
    page.get_by_role("radio", name="Subito").check()
    page.get_by_role("button", name="Inviami il link").click()
    expect(main).to_contain_text("Non è ancora disdetto nulla")
    place = page.url

    night(at=clock.now())
    page.goto(world.link(containing="Conferma"))
    page.get_by_role("button", name="Conferma la disdetta").click()
    expect(main).to_contain_text("La disdetta è confermata")
    world.work()

    page.goto(place)
    expect(main).to_contain_text("Eliminato il")
    assert mails(world.ada.email)[-1].endswith("è eliminato") or mails(world.ada.email)[-1].endswith("is deleted")


@pytest.mark.slow
@pytest.mark.parametrize(
    "context", [{"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"}], indirect=True
)
def test_no_page_asks_anybody_else_and_all_are_accessible(page: Page, world: World, live: str):
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(re.sub(r"^(\w+://[^/]*).*$", r"\1", request.url)))

    for path in (
        "/trust/",
        "/status/",
        "/cookies-and-javascript/",
        "/cancel/",
        f"{world.home}support/",
        f"{world.home}support/new/",
        f"{world.home}cancellations/types/",
        f"{world.home}cancellations/new/?sub={world.held[0].public_id}",
    ):
        page.goto(path)
        assert violations(page) == [], path
        assert not is_wider_than_the_screen(page), path

    assert asked == {live}
