"""The main job: from the shop window to a running product and a correct invoice, in a real browser."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests import printed, waiting
from tests.journeys.provider import Provider

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PASSWORD = "violet-harbour-93"
_VISITORS = itertools.count(1)


class Visitor:
    """Somebody who orders a web hosting and a domain, as a new customer."""

    def __init__(self, provider: Provider, context: BrowserContext, name: str) -> None:
        self.provider, self.email, self.domain = provider, f"{name}@example.com", f"{name}.ch"
        self.page: Page = context.new_page()

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Look at what is there of her own organization."""
        return self.provider.sql(
            "with mine as (select m.organization_id from organizations_membership m"
            f" join accounts_user u on u.id = m.user_id where u.email = '{self.email}') {query}"
        )

    def go(self, path: str) -> None:
        self.page.goto(self.provider.url + path)

    def fill_the_cart(self) -> None:
        self.go("/shop/")
        self.page.get_by_role("link", name=re.compile("^Web hosting")).first.click()
        self.page.get_by_role("link", name="Choose Plus").click()
        self.page.get_by_role("textbox", name="Domain name").fill(self.domain)
        self.page.get_by_role("button", name="Add to cart").click()
        self.go("/shop/domain-name/?plan=domain-ch")
        self.page.get_by_role("textbox", name="Domain name").fill(self.domain)
        self.page.get_by_role("button", name="Add to cart").click()
        expect(self.page.locator("main")).to_contain_text(self.domain)

    def sign_up_inside_checkout(self) -> None:
        self.go("/shop/checkout/")
        self.page.get_by_role("link", name="I am new here").click()
        self.page.get_by_label("First name").fill("Lucía")
        self.page.get_by_label("Last name").fill("Österreicher")
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Create the account").click()
        code = self.code_from_mail()
        self.page.locator("input[name=code]").fill(code)
        self.page.get_by_role("button", name="Continue").click()
        expect(self.page).to_have_url(re.compile("/shop/checkout/"))

    def code_from_mail(self) -> str:
        """Read the kept mail in another tab, as the demo's footer offers."""
        tab = self.page.context.new_page()
        tab.goto(self.provider.url + "/mail/")
        tab.get_by_role("link").filter(has_text=re.compile("code", re.IGNORECASE)).first.click()
        text = tab.locator("main").inner_text()
        tab.close()
        found = re.search(r"Your code: ([A-Z0-9-]+)", text)
        assert found, text
        return found.group(1)

    def place_the_order(self, method: str) -> None:
        self.page.get_by_role("combobox", name="Country").select_option("CH")
        self.page.get_by_label("Street").fill("Via Nassa")
        self.page.locator("[name=house_number]").fill("12")
        self.page.get_by_label("Postcode").fill("6900")
        self.page.get_by_label("Town").fill("Lugano")
        self.page.get_by_role("radio", name=re.compile(method)).check()
        self.page.get_by_role("checkbox", name=re.compile("terms", re.IGNORECASE)).check()
        self.page.get_by_role("button", name=re.compile("Order and pay")).click()

    def pay_at_the_card_company(self) -> None:
        expect(self.page).to_have_url(re.compile(f":{self.provider.gateway_port}/"))
        self.page.locator("input[name=choice][value=pay]").check()
        self.page.locator("button.main").click()
        self.page.wait_for_url(re.compile("/orders/ord_"))


@pytest.fixture(params=[True, False], ids=["JavaScript on", "JavaScript off"])
def visitor(request: pytest.FixtureRequest, shared_provider: Provider, browser: Browser):
    context = browser.new_context(
        java_script_enabled=request.param, locale="en-GB", viewport={"width": 1440, "height": 900}
    )
    context.set_default_timeout(20_000)
    # An address and a domain that nobody else has: the provider is shared.
    yield Visitor(shared_provider, context, f"lucia-{next(_VISITORS)}")
    context.close()


def test_a_new_customer_buys_pays_by_card_and_holds_a_running_product_and_an_invoice(visitor: Visitor):
    provider, page = visitor.provider, visitor.page
    visitor.fill_the_cart()
    visitor.sign_up_inside_checkout()
    visitor.place_the_order("Card")
    visitor.pay_at_the_card_company()
    order_page = page.url
    waiting.until(
        lambda: visitor.sql("select 1 from shop_order where state = 'paid' and organization_id in (table mine)"),
        seconds=60,
        what="the order to be paid",
    )
    waiting.until(
        lambda: (
            visitor.sql(
                "select count(*) from subscriptions_subscription"
                " where state = 'active' and organization_id in (table mine)"
            )
            == [(2,)]
        ),
        seconds=90,
        what="both products to run",
    )

    page.goto(order_page)
    expect(page.get_by_role("main")).to_contain_text("Paid")
    page.get_by_role("main").get_by_role("link", name=re.compile("Web hosting")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(visitor.domain)
    expect(page.get_by_role("main")).to_contain_text("Active")

    page.goto(order_page)
    page.get_by_role("main").get_by_role("link", name="Invoice").click()
    expect(page.get_by_role("main")).to_contain_text("8.1")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PDF").click()
    text = printed.text_of(download.value.path().read_bytes())
    assert "Lucía Österreicher" in text
    assert visitor.domain in text
    assert visitor.sql("select name from organizations_organization where id in (table mine)") == [
        ("Lucía Österreicher",)
    ]
    assert visitor.sql("select count(*) from billing_invoice where organization_id in (table mine)") == [(1,)]
    # Whatever others buy at the same time: each number of the series once, and none left out.
    [(invoices, numbers, last)] = visitor.sql(
        "select count(*), count(distinct number), max(sequence) from billing_invoice where series_id in"
        " (select series_id from billing_invoice where organization_id in (table mine))"
    )
    assert invoices == numbers == last
    provider.plancia("check-books")


def test_a_transfer_is_asked_for_with_a_code_that_a_bank_can_read(visitor: Visitor):
    provider, page = visitor.provider, visitor.page
    visitor.fill_the_cart()
    visitor.sign_up_inside_checkout()
    visitor.place_the_order("Bank transfer")
    page.wait_for_url(re.compile("/orders/ord_"))
    slip = page.get_by_role("link", name=re.compile("Payment slip")).get_attribute("href")
    code = printed.codes_in(page.request.get(provider.url + str(slip)).body())[0]

    [(total, currency, reference)] = visitor.sql(
        "select total_minor, currency, payment_reference from shop_order where organization_id in (table mine)"
    )
    assert code[0] == "SPC"
    assert {f"{total / 100:.2f}", currency, reference, "Lucía Österreicher"} <= set(code)
