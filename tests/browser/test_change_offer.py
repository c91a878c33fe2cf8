"""The second Italian guide about the frequency: the product, Gestisci, Modifica offerta, with and without a script."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from plancia.kernel import transaction
from plancia.kernel.periods import months_after
from plancia.ledger import books
from plancia.subscriptions.models import Change
from plancia.wallet import prepaid
from tests.browser.test_kit import LOOKS, is_wider_than_the_screen, violations
from tests.browser.test_to_pay import BOTH, held  # noqa: F401  (a fixture)
from tests.subscriptions import world

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def open_change(page: Page, held: SimpleNamespace) -> None:  # noqa: F811
    page.goto(held.home)
    page.get_by_role("main").get_by_role("link", name=re.compile("^Hosting web")).first.click()
    page.get_by_role("link", name="aurora.example").click()
    page.get_by_text("Gestisci", exact=True).click()
    page.get_by_role("link", name="Modifica offerta").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Modifica offerta")


@BOTH
def test_the_frequency_is_changed_from_the_next_period_and_taken_back(page: Page, held: SimpleNamespace):  # noqa: F811
    open_change(page, held)
    page.get_by_label("Frequenza di fatturazione").select_option("1 mese")
    page.get_by_role("button", name="Mostra quanto costa").click()
    expect(page.get_by_text(re.compile("Nessun giorno si paga due volte"))).to_be_visible()
    page.get_by_role("button", name="Conferma la modifica").click()
    expect(page.get_by_text(re.compile("Cambia il"))).to_be_visible()
    with transaction.as_staff():
        assert Change.objects.get(withdrawn_at=None).months == 1
    assert world.fresh(held.soon).months == 12

    page.get_by_role("button", name="Lascia com’è").click()

    expect(page.get_by_text(re.compile("Cambia il"))).to_have_count(0)


@BOTH
def test_a_better_plan_now_is_paid_after_its_lines_were_shown(page: Page, held: SimpleNamespace):  # noqa: F811
    open_change(page, held)
    page.get_by_role("radio", name="Pro", exact=True).check()
    page.get_by_role("radio", name="Ora").check()
    page.get_by_role("button", name="Mostra quanto costa").click()
    expect(page.get_by_text("Non usati: 21 di 365 giorni")).to_be_visible()
    page.get_by_role("button", name="Conferma e paga").click()
    page.get_by_role("radio", name=re.compile("Conto prepagato")).check()
    page.get_by_role("button", name=re.compile("^Paga ")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Pagato")
    after = world.fresh(held.soon)
    assert after.plan.code == "web-hosting-pro"
    assert after.paid_until == months_after(held.soon.anchor_at, 12)
    with transaction.as_staff():
        assert prepaid.balance(held.aurora).minor < 50_000
        assert books.differences() == []


@pytest.mark.parametrize("context", [LOOKS[0], LOOKS[3]], indirect=True)
def test_the_page_is_accessible_and_fits(page: Page, held: SimpleNamespace) -> None:  # noqa: F811
    page.goto(f"{held.home}products/{held.soon.public_id}/change/")
    page.get_by_role("radio", name="Ora").check()
    page.get_by_label("Frequenza di fatturazione").select_option("2 anni")
    page.get_by_role("button", name="Mostra quanto costa").click()

    assert violations(page) == []
    assert not is_wider_than_the_screen(page)
