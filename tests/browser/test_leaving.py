"""The Italian guide to cancelling, walked in a browser; and that no page asks anybody else for anything."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from plancia.bank.models import Payout
from plancia.billing import issuing, parties
from plancia.billing.issuing import LineDraft
from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.organizations.roles import Role
from plancia.outbox import facts
from plancia.support.models import Feedback
from tests import people
from tests.browser.conftest import sign_in
from tests.browser.test_kit import is_wider_than_the_screen, violations
from tests.leaving.world import mails, night
from tests.subscriptions import world as subscriptions
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


@pytest.mark.parametrize("context", [ITALIAN], indirect=True)
def test_the_guide_to_deleting_an_organization_is_mended_inside_from_two_products_to_none(page: Page, world: World):
    """Two products, an unpaid invoice, three members and 37.45 on the prepaid account."""
    at = clock.now()
    for email in ("bo@aurora.example", "cy@aurora.example"):
        people.member(world.aurora, people.person(email), Role.ADMINISTRATOR)
    subscriptions.top_up(world.aurora, "37.45", at=at)
    with transaction.as_staff(), facts.told_by_caller():
        issuing.issue(
            organization_id=world.aurora.pk,
            lines=[LineDraft("Traffico", 1, Money(1000, "EUR"), Money(1000, "EUR"))],
            purpose="extra",
            buyer=parties.buyer(world.aurora),
            currency="EUR",
            language="it",
            due_on=at.date(),
            at=at,
            actor=SYSTEM,
        )
    page.goto(world.home)
    main = page.get_by_role("main")

    def back_to_the_guide() -> None:
        page.get_by_role("navigation", name="Menu principale").get_by_text("Impostazioni").click()
        page.get_by_role("navigation", name="Menu principale").get_by_role("link", name="La mia Organizzazione").click()
        main.get_by_role("link", name="Elimina Organizzazione").click()

    back_to_the_guide()
    expect(main).to_contain_text("web-hosting.example")
    expect(main).to_contain_text("37,45")
    assert violations(page) == []
    main.get_by_label("La tua password").fill("sbagliata")
    main.get_by_role("button", name="Termina ora tutti i prodotti").click()
    expect(main).to_contain_text("Questa non è la tua password")
    main.get_by_label("La tua password").fill(people.PASSWORD)
    main.get_by_role("button", name="Termina ora tutti i prodotti").click()
    main.get_by_role("button", name="Paga dal conto prepagato").click()
    world.work()
    main.get_by_role("button", name="Rimuovi tutti gli altri").click()
    main.get_by_role("button", name="Inviami tutte le fatture").click()
    main.get_by_role("link", name="Preleva saldo").click()
    main.get_by_label("IBAN").fill("CH93 0076 2011 6238 5295 7")
    main.get_by_role("button", name="Preleva").click()

    expect(main).to_contain_text("Non si può annullare")
    assert violations(page) == []
    main.get_by_label("Il nome dell’organizzazione").fill("Aurora")
    main.get_by_label("La tua password").fill(people.PASSWORD)
    main.get_by_role("button", name="Elimina Organizzazione").click()
    expect(main).to_contain_text("Aurora Srl")
    main.get_by_label("Il nome dell’organizzazione").fill("Aurora Srl")
    main.get_by_label("La tua password").fill(people.PASSWORD)
    main.get_by_role("button", name="Elimina Organizzazione").click()

    expect(main).to_contain_text("Certificato di eliminazione")
    assert violations(page) == []
    main.get_by_role("link", name="Chiudi anche l’account utente").click()
    expect(main).to_contain_text("l’account può essere chiuso")
    main.get_by_label("La tua password").fill(people.PASSWORD)
    main.get_by_label("Che cosa avremmo dovuto fare meglio?").fill("Niente")
    main.get_by_role("button", name="Chiudi l’account").click()
    expect(main).to_contain_text("Mantieni il mio account")
    world.work()
    with transaction.as_staff():
        assert Payout.objects.get().amount == Money(3745 - 1220, "EUR")
        assert Feedback.objects.get().comment == "Niente"


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
