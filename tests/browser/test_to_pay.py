"""The two Italian guides about paying, walked in a browser, with and without a script."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from plancia.catalog.models import Plan
from plancia.kernel import clock, transaction
from plancia.kernel.periods import months_after
from plancia.ledger import books
from plancia.subscriptions.models import Subscription
from tests import people
from tests.browser.conftest import sign_in
from tests.browser.test_kit import LOOKS, is_wider_than_the_screen, violations
from tests.subscriptions import world
from tests.web import shapes

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ITALIAN = {"locale": "it-CH", "viewport": {"width": 1440, "height": 900}}
BOTH = pytest.mark.parametrize(
    "context", [ITALIAN, {**ITALIAN, "java_script_enabled": False}], indirect=True, ids=["script", "no script"]
)


@pytest.fixture
def held(context: BrowserContext, live: str) -> SimpleNamespace:
    """Ada's web hosting at Aurora, paid for a year that ends in three weeks, another that ends later, and a balance."""
    now = clock.now().replace(microsecond=0)
    shapes.catalogue(now - timedelta(days=900))
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="it")
    aurora = people.company(ada, "Aurora SA", country="CH", city="Lugano", postcode="6900", street="Via Nassa")
    with transaction.as_staff():
        plan = Plan.objects.select_related("product_type").get(code="web-hosting-plus")
    bought = months_after(now + timedelta(days=21), -12)
    soon = world.buy(aurora, plan, name="aurora.example", at=bought)
    later = world.buy(aurora, plan, name="borea.example", at=months_after(now + timedelta(days=100), -12))
    world.top_up(aurora, "500", at=now)
    sign_in(context, live, ada)
    return SimpleNamespace(aurora=aurora, soon=soon, later=later, home=f"/o/{aurora.public_id}/", now=now)


def open_to_pay(page: Page, home: str) -> None:
    page.goto(home)
    side = page.get_by_role("navigation", name="Menu principale")
    side.locator("summary", has_text="Contabilità").click()
    side.get_by_role("link", name="Da pagare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Da pagare")


@BOTH
def test_a_renewal_is_paid_with_the_prepaid_account(page: Page, held: SimpleNamespace) -> None:
    open_to_pay(page, held.home)
    expect(page.get_by_text("borea.example")).to_have_count(0)
    page.get_by_role("link", name="Mostra tutto").click()
    page.get_by_role("checkbox", name=re.compile("borea.example")).check()
    page.get_by_role("button", name="Paga la selezione").click()

    page.get_by_role("radio", name=re.compile("Conto prepagato")).check()
    page.get_by_role("button", name=re.compile("^Paga ")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Pagato")
    assert world.fresh(held.later).paid_until == months_after(held.later.anchor_at, 24)
    with transaction.as_staff():
        assert books.differences() == []


@BOTH
def test_the_frequency_is_changed_while_paying(page: Page, held: SimpleNamespace, request: pytest.FixtureRequest):
    world.offer(at=held.now)
    open_to_pay(page, held.home)
    row = page.get_by_role("row", name=re.compile("aurora.example"))
    row.get_by_role("checkbox").check()
    row.get_by_role("combobox", name=re.compile("Frequenza")).select_option("2 anni")
    if "no script" in request.node.name:
        page.get_by_role("button", name="Aggiorna il totale").click()
    # 188.10 and 8.1 % VAT.
    expect(page.locator("#to-pay-sum")).to_contain_text("203,34")
    page.get_by_role("button", name="Paga la selezione").click()
    expect(page.get_by_text("nuova frequenza")).to_be_visible()
    page.get_by_role("radio", name=re.compile("Conto prepagato")).check()
    page.get_by_role("button", name=re.compile("^Paga ")).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Pagato")
    with transaction.as_staff():
        after = Subscription.objects.get(pk=held.soon.pk)
        assert (after.months, after.paid_until) == (24, months_after(held.soon.anchor_at, 36))
        assert books.differences() == []


@pytest.mark.parametrize("context", [LOOKS[0], LOOKS[3]], indirect=True)
def test_the_pages_are_accessible_and_fit(page: Page, held: SimpleNamespace) -> None:
    with transaction.as_staff():
        Subscription.objects.filter(pk=held.soon.pk).update(name="undici-" * 30 + "aurora.example")
    page.goto(f"{held.home}accounting/to-pay/?show=all&pick={held.soon.public_id}")
    assert violations(page) == []
    assert not is_wider_than_the_screen(page)
    page.get_by_role("button", name="Paga la selezione").click()
    assert violations(page) == []
    assert not is_wider_than_the_screen(page)
