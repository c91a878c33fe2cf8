"""The profile in a real browser: the Italian guides in their order; accessible, fit for a phone, no script needed."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from plancia.accounts.models import User
from plancia.kernel import transaction
from plancia.notices.models import Message
from tests import people
from tests.browser.test_kit import wrong_in_both_looks
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ITALIAN = {"locale": "it-CH", "viewport": {"width": 1440, "height": 900}}


@pytest.fixture
def ada(page: Page) -> User:
    """Ada, owner of Aurora, who signs in as people do."""
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="it")
    people.aurora(ada)
    sign_in(page)
    return ada


def sign_in(page: Page, email: str = "ada@aurora.example", password: str = PASSWORD) -> None:
    page.goto("/account/sign-in/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.get_by_role("main").locator("form.form button").first.click()
    page.wait_for_url(re.compile(r"/$"))


def link(address: str) -> str:
    """The path of the newest link that was sent to an address."""
    with transaction.as_staff():
        mails = [one.text for one in Message.objects.order_by("written_at", "pk") if address in one.recipients]
    return re.findall(rf"{re.escape(settings.BASE_URL)}(/profile/\S+/)", mails[-1])[0]


def open_profile(page: Page, email: str) -> None:
    # "Fai clic sull'icona con le tue iniziali in alto a destra": the login in use is shown there.
    page.get_by_label(f"Il tuo account: {email}").click()
    expect(page.get_by_role("banner").get_by_text(email)).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="Gestisci il mio profilo").click()


@pytest.mark.parametrize("context", [ITALIAN, ITALIAN | {"java_script_enabled": False}], indirect=True)
def test_the_guide_to_changing_the_login_e_mail(page: Page, ada: User):
    open_profile(page, "ada@aurora.example")
    card = page.locator(".card").filter(has=page.get_by_role("heading", name="Informazioni di accesso"))
    card.get_by_role("link", name="Modifica E-mail di accesso").click()
    page.get_by_label("Nuova e-mail di accesso").fill("ada@nuova.example")
    page.get_by_label("La tua password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Salva").click()

    expect(page.get_by_role("main")).to_contain_text("Abbiamo scritto a ada@nuova.example")
    page.goto(link("ada@nuova.example"))
    page.get_by_role("button", name="Conferma").click()
    expect(page.get_by_role("main")).to_contain_text("D’ora in poi accedi con ada@nuova.example")
    page.get_by_role("main").get_by_role("link", name="Al mio profilo").click()
    expect(page.get_by_label("Il tuo account: ada@nuova.example")).to_be_visible()


@pytest.mark.parametrize("context", [ITALIAN, ITALIAN | {"java_script_enabled": False}], indirect=True)
def test_the_guide_to_changing_the_password(page: Page, ada: User, request: pytest.FixtureRequest):
    new = "sette lanterne quiete in alto"
    open_profile(page, "ada@aurora.example")
    page.get_by_role("main").get_by_role("link", name="Modifica Password").click()
    page.get_by_label("Password attuale").fill(PASSWORD)
    page.get_by_label("Nuova password").fill(new)
    if "java_script_enabled" not in request.node.callspec.params["context"]:
        expect(page.locator(".strength")).to_contain_text("Ottima")
    page.get_by_role("main").get_by_role("button", name="Salva").click()

    expect(page.get_by_role("main")).to_contain_text("La tua password è cambiata")
    page.context.clear_cookies()
    sign_in(page, password=new)


def test_the_profile_is_accessible_and_fits(page: Page, ada: User):
    User.objects.filter(pk=ada.pk).update(first_name="Annamaria-Guendalina " * 3, last_name="von " * 15)
    for path in (
        "/profile/",
        "/profile/person/",
        "/profile/login-email/",
        "/profile/password/",
        "/profile/security/",
        "/profile/security/recovery-email/",
        "/profile/security/recovery-phone/",
        "/profile/devices/",
        "/profile/activity/",
        "/profile/applications/",
        "/profile/applications/passwords/new/",
        "/profile/applications/tokens/new/",
        "/profile/data/",
        "/profile/closing/",
        "/profile/leak/",
        "/profile/leak/done/",
        "/profile/security/app/",
        "/account/sign-in/?account=other",
        "/profile/login-email/proof/none/",
    ):
        page.goto(path)

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert wrong_in_both_looks(page) == [], path
