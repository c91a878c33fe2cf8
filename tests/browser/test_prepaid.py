"""The Italian guide about the prepaid account, walked in a browser: topping up at a real gateway, and taking back."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from plancia.bank.models import Payout
from plancia.kernel import clock, transaction
from plancia.ledger import books
from plancia.outbox import delivery
from plancia.payments.models import Payment
from plancia.payments.rehearsal import Server
from plancia.wallet import prepaid
from tests import people, waiting
from tests.browser.conftest import sign_in
from tests.browser.test_kit import LOOKS, is_wider_than_the_screen, violations
from tests.payments import saved

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ITALIAN = {"locale": "it-CH", "viewport": {"width": 1440, "height": 900}}
BOTH = pytest.mark.parametrize(
    "context", [ITALIAN, {**ITALIAN, "java_script_enabled": False}], indirect=True, ids=["script", "no script"]
)


@pytest.fixture
def gateway(live: str, settings) -> Iterator[Server]:
    """The rehearsal gateway, which calls the running console."""
    with Server(("127.0.0.1", 0), secret="between us") as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        settings.BASE_URL = live
        settings.REHEARSAL_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}"
        settings.REHEARSAL_GATEWAY_SECRET = "between us"
        yield server
        server.shutdown()


@pytest.fixture
def aurora(context: BrowserContext, live: str, gateway: Server):
    """Aurora, whose owner is signed in."""
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="it")
    aurora = people.aurora(ada)
    delivery.tell_untold(at=clock.now())
    sign_in(context, live, ada)
    return aurora


def open_account(page: Page, aurora) -> None:
    page.goto(f"/o/{aurora.public_id}/")
    side = page.get_by_role("navigation", name="Menu principale")
    side.locator("summary", has_text="Contabilità").click()
    side.get_by_role("link", name="Conto prepagato").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Conto prepagato")


def tell() -> None:
    """Do what the worker does: tell the facts, once the gateway has called."""
    with transaction.as_staff():
        waiting.until(lambda: Payment.objects.filter(state="succeeded").exists(), what="the gateway's call")
    delivery.tell_untold(at=clock.now())


@BOTH
def test_the_account_is_topped_up_and_its_balance_taken_back(page: Page, aurora) -> None:
    open_account(page, aurora)
    page.get_by_role("link", name="Accreditare il conto").click()
    expect(page.get_by_role("main")).to_contain_text("20.000,00 €")
    page.get_by_label("Importo").fill("150,50")
    page.get_by_role("radio", name=re.compile("^Carta")).check()
    page.get_by_role("button", name="Continua").click()
    # At the gateway.
    expect(page.get_by_role("heading", level=1)).to_have_text("Paga con carta")
    page.get_by_role("button", name="Continua").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Conto prepagato")
    tell()
    page.reload()
    expect(page.get_by_text(re.compile("150,50.€ sono sul conto"))).to_be_visible()

    page.get_by_role("link", name="Preleva saldo").click()
    page.get_by_label("Importo").fill("50")
    page.get_by_label("IBAN").fill("IT60X0542811101000000123457")
    page.get_by_role("button", name="Preleva").click()
    expect(page.get_by_text("non è un IBAN valido").first).to_be_visible()
    expect(page.get_by_label("Importo")).to_have_value("50")
    page.get_by_label("IBAN").fill("IT60X0542811101000000123456")
    page.get_by_role("button", name="Preleva").click()

    expect(page.get_by_text("Il prelievo è annotato")).to_be_visible()
    expect(page.get_by_text("In verifica")).to_be_visible()
    with transaction.as_staff():
        assert Payout.objects.get().amount_minor == 5000
        assert prepaid.balance(aurora).minor == 10_050
    assert books.differences() == []


@BOTH
def test_a_card_is_saved_and_becomes_the_default(page: Page, aurora) -> None:
    page.goto(f"/o/{aurora.public_id}/accounting/payment-methods/")
    page.get_by_role("button", name="Salva una carta").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Salva una carta")
    page.get_by_role("button", name="Continua").click()

    expect(page.get_by_text("Visa •••• 0001").first).to_be_visible()
    page.get_by_role("button", name=re.compile("Usa come predefinito.*Visa")).click()
    expect(page.get_by_text("Predefinito", exact=True)).to_be_visible()


@pytest.mark.parametrize("context", [LOOKS[0], LOOKS[3]], indirect=True)
def test_the_pages_are_accessible_and_fit(page: Page, aurora) -> None:
    saved.card(aurora, at=clock.now())
    for rest in (
        "prepaid/",
        "prepaid/top-up/",
        "prepaid/transfer/",
        "prepaid/withdrawal/",
        "prepaid/automatic/",
        "payment-methods/",
    ):
        page.goto(f"/o/{aurora.public_id}/accounting/{rest}")

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert violations(page) == [], rest
        assert not is_wider_than_the_screen(page), rest
