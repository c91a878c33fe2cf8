"""The back office in a real browser: accessible in both themes, fit for a phone, usable without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from plancia.billing.models import Invoice
from plancia.kernel import clock, transaction
from plancia.provisioning.models import Resource
from tests import people
from tests.browser.conftest import sign_in
from tests.browser.test_kit import LOOKS, NO_SCRIPT, is_wider_than_the_screen, violations
from tests.web import shapes

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def aurora(context: BrowserContext, live: str):
    """An organization whose name is as long as names may be, with Nora of the staff signed in."""
    at = clock.now()
    shapes.catalogue(at - timedelta(days=900))
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="en")
    aurora = people.company(ada, "Aurora" + "undici " * 27, country="CH", city="Lugano", postcode="6900", street="Via")
    products = shapes.products(aurora, 12, at=at)
    shapes.invoices(aurora, products[:3], at=at, unpaid=1)
    with transaction.as_staff():
        Resource.objects.filter(subject=products[5].public_id).update(attempts=6, last_error="no room for 16 vCPU")
    sign_in(context, live, people.person("nora@provider.example", "Nora", "Keller", language="en", is_staff=True))
    return aurora


@pytest.mark.parametrize("context", [LOOKS[0], LOOKS[3]], indirect=True)
def test_the_back_office_is_accessible_and_fits(page: Page, aurora):
    with transaction.as_staff():
        invoice = Invoice.objects.get(state="open")

    for path in (
        "/staff/",
        "/staff/organizations/",
        f"/staff/organizations/{aurora.public_id}/",
        "/staff/products/",
        "/staff/products/?q=nothing-like-it",
        "/staff/provisioning/?state=all",
        "/staff/orders/",
        "/staff/invoices/",
        f"/staff/invoices/{invoice.public_id}/transfer/",
        f"/staff/invoices/{invoice.public_id}/",
        f"/staff/invoices/{invoice.public_id}/credit-note/",
        "/staff/vat/?first=2020-01-01&last=2099-12-31",
        "/staff/open-items/",
        "/staff/ledger/",
        "/staff/ledger/headings/receivable/",
        f"/staff/ledger/documents/{invoice.public_id}/",
        "/staff/payments/",
        "/staff/bank/",
        "/staff/payouts/",
    ):
        page.goto(path)

        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert violations(page) == [], path
        assert not is_wider_than_the_screen(page), path


@pytest.mark.parametrize("context", [NO_SCRIPT, {"viewport": {"width": 1440, "height": 900}}], indirect=True)
def test_a_list_is_narrowed_by_state(page: Page, aurora, request: pytest.FixtureRequest):
    page.goto("/staff/invoices/")
    expect(page.locator("tbody tr")).to_have_count(3)

    page.get_by_role("combobox", name="State").select_option("open")
    if page.viewport_size and page.viewport_size["width"] == 390:  # without a script
        page.get_by_role("main").get_by_role("button", name="Search").click()

    expect(page.locator("tbody tr")).to_have_count(1)
