"""Members, rights, invitations, organizations, transfers, mailboxes and who looks after them, in a real browser."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import BrowserContext, Page, expect

from plancia.accounts.models import User
from plancia.federation import registration
from plancia.handover import offering
from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.mailboxes import keeping
from plancia.mailboxes.models import MailDomain
from plancia.notices.models import Message
from plancia.organizations import granting, invitations, membership, teams
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Membership, Organization
from plancia.organizations.offers import Offer
from plancia.organizations.roles import Right, Role
from plancia.outbox import delivery
from plancia.subscriptions.models import Subscription
from tests import people
from tests.browser.conftest import sign_in
from tests.browser.test_kit import violations, wrong_in_both_looks
from tests.web import shapes
from tests.web.profile.test_second_factor import code

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = "Società Cooperativa dei Fabbricanti di Strumenti Musicali dell’Oltrepò"


@dataclass(frozen=True, slots=True)
class World:
    """Aurora and her people, with one of everything that people's pages show."""

    aurora: Organization
    ada: User
    chiara: User
    boss: User
    products: list[Subscription]
    home: str


@pytest.fixture
def world(db: None) -> World:
    at = clock.now()
    shapes.catalogue(at)
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="it")
    chiara = people.person("chiara@studio.example", "Chiara", "Bernasconi", language="it")
    boss = people.person("boss@provider.example", "Nora", "Keller", is_staff=True, language="it")
    aurora = people.aurora(ada)
    products = shapes.products(aurora, 12, at=at)
    people.company(chiara, LONG, country="IT", city="Pavia", postcode="27100", street="Strada Nuova")
    return World(aurora, ada, chiara, boss, products, f"/o/{aurora.public_id}/")


def tell() -> None:
    with transaction.as_staff():
        delivery.tell_untold(at=clock.now())


def mail(address: str, page: str) -> tuple[Message, str]:
    """The mail to an address that has a link to a page, and the link."""
    tell()
    with transaction.as_staff():
        message: Message = Message.objects.get(recipients=[address], text__contains=f"{settings.BASE_URL}{page}")
    return message, re.findall(rf"{re.escape(settings.BASE_URL)}({page}\S+)", message.text)[0]


def fill(world: World) -> list[tuple[User, list[str]]]:
    """Give Aurora one of everything; return who looks at which pages."""
    at = clock.now()
    zoe = people.person("zoe@altrove.example", "Zoe", "Conti", language="it")
    mail = next(one for one in world.products if one.product_type == "email-service")
    with transaction.as_staff(), transaction.atomic():
        luca = people.member(
            world.aurora, people.person("luca@aurora.example", "Luca", "Ferri " * 9), Role.COLLABORATOR
        )
        partner = people.member(world.aurora, world.chiara, Role.ADMINISTRATOR, has_billing=True)
        blocked = people.member(world.aurora, people.person("mia@aurora.example", "Mia", "Neri"), Role.EXTERNAL)
        membership.block(membership_id=blocked.pk, may_grant_owner=True, actor=SYSTEM, at=at)
        Membership.objects.filter(pk=partner.pk).update(is_partner=True)
        team = teams.form(organization_id=world.aurora.pk, name="Redazione", actor=SYSTEM, at=at)
        wanted = {
            Subject(product_id=mail.pk): Grant(Right.MANAGE),
            Subject(product_type="web-hosting"): Grant(Right.VIEW),
        }
        granting.settle(holder=luca, wanted=wanted, actor=SYSTEM, at=at)
        granting.settle(holder=team, wanted=wanted, actor=SYSTEM, at=at)
        invitation = invitations.invite(
            organization_id=world.aurora.pk,
            email=zoe.email,
            language="it",
            offer=Offer(Role.COLLABORATOR, has_billing=True),
            may_grant_owner=True,
            actor=Actor(ActorKind.USER, "Ada Rossi", user_id=world.ada.pk),
            at=at,
        )
        running = [one for one in world.products if one.state == "active" and one.pk != mail.pk][:2]
        handover = offering.offer(
            organization_id=world.aurora.pk,
            subscription_ids=[one.pk for one in running],
            email="",
            language="it",
            actor=SYSTEM,
            at=at,
        )
        Subscription.objects.filter(pk=mail.pk).update(quantity=9, choices={"domain": "aurora.example"}, state="active")
        app, _secret = registration.register(name="Posta", redirect_uris=["https://posta.example/back"], is_ours=True)
    settings_, mailboxes = f"{world.home}settings/", f"{world.home}products/{mail.public_id}/mailboxes/"
    with transaction.as_staff(), transaction.atomic():
        MailDomain.objects.create(organization=world.aurora, domain="aurora.example", proven_at=at)
        box = keeping.open_mailbox(
            product_id=mail.pk, address="ada@aurora.example", user=world.ada, actor=SYSTEM, at=at
        )
    hers = [
        f"{settings_}members/",
        f"{settings_}members/{luca.public_id}/",
        f"{settings_}members/{luca.public_id}/rights/",
        f"{settings_}roles/",
        f"{settings_}teams/",
        f"{settings_}teams/{team.public_id}/",
        f"{settings_}teams/{team.public_id}/members/",
        f"{settings_}invitations/",
        f"{settings_}invitations/new/",
        f"{settings_}organization/",
        f"{settings_}security/",
        f"{settings_}log/",
        f"{settings_}transfers/",
        f"{settings_}transfers/choice/",
        f"{settings_}transfers/new/?sub={world.products[0].public_id}&sub={mail.public_id}",
        f"{settings_}transfers/{handover.public_id}/",
        mailboxes,
        f"{mailboxes}new/",
        f"{mailboxes}{box.public_id}/user/",
        f"{mailboxes}{box.public_id}/closing/",
        f"/profile/mailboxes/{box.public_id}/password/",
        "/organizations/",
        "/organizations/new/",
    ]
    theirs = ["/clients/", f"/transfers/{offering.token(handover)}/"]
    staffs = [
        "/staff/users/",
        f"/staff/users/{world.ada.public_id}/",
        f"/staff/users/{world.boss.public_id}/",
        f"/staff/organizations/{world.aurora.public_id}/look/",
        "/staff/apps/",
        f"/staff/apps/{app.pk}/",
    ]
    return [
        (world.ada, hers),
        (world.chiara, theirs),
        (zoe, [f"/invitations/{invitations.token(invitation)}/"]),
        (world.boss, staffs),
    ]


@pytest.mark.parametrize("context", [{"locale": "it-CH", "viewport": {"width": 1440, "height": 900}}], indirect=True)
def test_the_guides_about_people_in_italian(page: Page, context: BrowserContext, live: str, world: World):
    """Inviting a member, passing products on, a second factor: under the names that the menus have."""
    sign_in(context, live, world.ada)
    _invite(page, world)
    address = _pass_on(page, world)
    secret = _set_up_app(page)

    context.clear_cookies()
    sign_in(context, live, world.chiara)
    _accept_invitation(page, world)
    _take(page, address)

    context.clear_cookies()
    cache.clear()  # a code opens nothing twice, and half a minute is long
    _sign_in_with_code(page, world.ada, secret)


def _settings(page: Page, entry: str) -> None:
    side = page.get_by_role("navigation", name="Menu principale")
    if not side.get_by_role("link", name=entry, exact=True).is_visible():
        side.locator("summary", has_text="Impostazioni").click()
    side.get_by_role("link", name=entry, exact=True).click()


def _invite(page: Page, world: World) -> None:
    page.goto(world.home)
    _settings(page, "Utenti")
    page.get_by_role("main").get_by_role("link", name="Invita", exact=True).click()
    page.get_by_label("Indirizzo e-mail").fill(world.chiara.email)
    page.get_by_role("radio", name="Collaboratore").check()
    page.locator("summary", has_text="Singoli prodotti").click()
    page.get_by_role("checkbox", name=re.compile("www.aurora.example")).check()
    page.get_by_role("button", name="Invia l’invito").click()

    expect(page.get_by_role("row", name=re.compile(world.chiara.email))).to_contain_text("Aperto")
    menu = page.get_by_role("navigation", name="Menu principale").get_by_role("link", name="Utenti", exact=True)
    expect(menu).to_have_attribute("aria-current", "page")


def _accept_invitation(page: Page, world: World) -> None:
    message, address = mail(world.chiara.email, "/invitations/")
    assert message.subject == "Ada Rossi ti invita in «Aurora Srl»"
    page.goto(address)
    page.get_by_role("button", name="Accetta").click()

    everything = page.get_by_role("navigation", name="Menu principale").get_by_role("link", name="Tutti i prodotti")
    expect(everything).to_have_text("Tutti i prodotti1")
    page.get_by_label("Organizzazione: Aurora Srl. Cambia organizzazione").click()
    page.get_by_role("banner").get_by_role("link", name=re.compile(LONG[:20])).click()
    expect(page.get_by_label(f"Organizzazione: {LONG}. Cambia organizzazione")).to_be_visible()


def _pass_on(page: Page, world: World) -> str:
    """Offer a product to an address, and return the link that the mail has."""
    _settings(page, "Trasferisci prodotti")
    page.get_by_role("main").get_by_role("link", name="Scegli i prodotti").first.click()
    page.get_by_role("checkbox", name=re.compile("shop.aurora.example")).check()
    page.get_by_role("button", name="Vedi cosa si trasferirebbe").click()
    expect(page.get_by_role("heading", name="Resta qui")).to_be_visible()
    page.get_by_label("Indirizzo e-mail di chi riceve").fill("mira@altrove.example")
    page.get_by_role("button", name="Offri questi prodotti").click()

    expect(page.get_by_role("main")).to_contain_text("Aperto")
    message, address = mail("mira@altrove.example", "/transfers/")
    assert "Aurora Srl" in message.subject and "shop.aurora.example" in message.text
    return address


def _take(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.get_by_role("main")).to_contain_text("shop.aurora.example")
    page.get_by_role("button", name="Prendi in carico").click()
    expect(page.get_by_role("main")).to_contain_text("I prodotti")
    tell()
    page.reload()
    expect(page.get_by_role("main").get_by_role("link", name=re.compile("shop.aurora.example"))).to_be_visible()


def _set_up_app(page: Page) -> str:
    page.goto("/profile/")
    page.get_by_role("main").get_by_role("link", name="Sicurezza").first.click()
    page.get_by_role("link", name="Imposta App di autenticazione").click()
    page.get_by_label("La tua password").fill(people.PASSWORD)
    page.get_by_role("button", name="Continua").click()
    secret = page.get_by_role("main").locator("code").inner_text()
    page.get_by_role("main").get_by_role("textbox").fill(code(secret))
    page.locator("main .form__actions button").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Codici di recupero")
    return secret


def _sign_in_with_code(page: Page, user: User, secret: str) -> None:
    page.goto("/account/sign-in/")
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Accedi", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Un’altra prova")
    assert violations(page) == []
    page.get_by_role("main").get_by_role("textbox").fill(code(secret))
    page.get_by_role("button", name="Continua").click()

    expect(page.get_by_label(f"Il tuo account: {user.email}")).to_be_visible()


def test_the_pages_of_people_are_accessible_and_fit(page: Page, context: BrowserContext, live: str, world: World):
    for user, paths in fill(world):
        context.clear_cookies()
        sign_in(context, live, user)
        for path in paths:
            answer = page.goto(path)

            assert answer and answer.status == 200, path
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert wrong_in_both_looks(page) == [], path
