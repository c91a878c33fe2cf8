"""What goes wrong between a page and its button, with promo codes and offers in the cart: nothing is ordered unseen."""

from __future__ import annotations

from datetime import timedelta

from plancia.catalog.models import Plan
from plancia.kernel import clock, tenancy, transaction
from plancia.ledger import books
from plancia.promotions import campaigns
from plancia.promotions.models import Campaign, CodeUse
from plancia.shop import cancellation
from plancia.shop.models import CartLine, Order
from plancia.wallet import prepaid
from tests import people
from tests.shop import test_codes, test_offers, world
from tests.web.shop.pages import answers, order, put
from tests.web.shop.test_quotes import raise_prices


def with_code(client, text: str = "SPRING20") -> dict[str, object]:
    """Apply a code, and return what the customer then sends to order."""
    client.post("/shop/checkout/", answers(client, step="code", code=text))
    return answers(client)


def nothing_ordered() -> bool:
    with transaction.as_staff():
        return not Order.objects.exists() and not CodeUse.objects.exists()


def test_a_campaign_closed_between_page_and_button_shows_the_new_total(browser, borea):
    test_codes.campaign()
    put(browser)
    form = with_code(browser)
    with transaction.as_staff():
        campaigns.close(campaign_id=Campaign.objects.get().pk, actor=test_codes.CLARA, at=clock.now())

    response = browser.post("/shop/checkout/", form)

    page = response.content.decode()
    assert response.status_code == 409
    assert "The code SPRING20 is not valid any more." in page
    assert "CHF\xa0107.02" in page
    assert nothing_ordered()


def test_a_price_changed_between_page_and_button_shows_the_new_total(browser, borea):
    test_codes.campaign()
    put(browser)
    form = with_code(browser)
    raise_prices()

    assert browser.post("/shop/checkout/", form).status_code == 409
    assert nothing_ordered()


def test_a_plan_withdrawn_with_a_code_on_it_takes_no_code(browser, borea):
    test_codes.campaign()
    put(browser)
    form = with_code(browser)
    with transaction.as_staff():
        Plan.objects.filter(code="hosting-one").update(is_withdrawn=True)

    assert browser.post("/shop/checkout/", form).url == "/shop/cart/"
    assert nothing_ordered()


def test_an_organization_chosen_in_another_tab_changes_nothing_in_this_one(browser, borea, ada):
    other = people.company(ada, "Cetus AG", country="CH")
    put(browser)
    form = answers(browser, payer=borea.public_id)
    browser.get("/shop/checkout/", {"for": other.public_id})

    browser.post("/shop/checkout/", form)

    with transaction.as_staff():
        assert Order.objects.get().organization_id == borea.pk


def test_an_offer_of_this_organization_is_no_use_to_the_one_in_the_other_tab(browser, borea, ada, plans):
    other = people.company(ada, "Cetus AG", country="CH")
    grant = test_offers.give(borea, plans["hosting"], expires_at=clock.now() + timedelta(days=5))
    put(browser)
    with transaction.as_staff():
        CartLine.objects.update(grant_id=grant.pk)

    response = browser.post("/shop/checkout/", answers(browser, payer=other.public_id))

    with transaction.as_staff():
        assert [placed.net_minor for placed in Order.objects.all()] in ([], [9900])
    assert response.status_code in (302, 409)
    assert test_offers.standing(grant, at=clock.now()) == "open"


def test_a_code_fits_the_best_of_five_hundred_lines(browser, borea, plans):
    test_codes.campaign(types=["hosting"])
    put(browser)
    found = CartLine.objects.get()
    CartLine.objects.bulk_create(
        CartLine(
            cart_id=found.cart_id,
            plan=plans["domain"],
            months=12,
            choices={"domain": f"aurora-{number}.ch"},
            added_at=clock.now(),
        )
        for number in range(499)
    )

    page = browser.post("/shop/checkout/", answers(browser, step="code", code="SPRING20")).content.decode()

    assert page.count("Promo code SPRING20: 20 % off") == 1


def test_a_transfer_after_the_order_expired_is_on_the_prepaid_account_and_the_page_says_so(browser, borea):
    test_codes.campaign()
    put(browser)
    browser.post("/shop/checkout/", answers(browser, step="code", code="SPRING20"))
    page = order(browser).url
    with transaction.as_staff():
        placed = Order.objects.get()
        cancellation.expire_due(at=placed.expires_at)

    world.transfer(placed, at=clock.now())

    shown = browser.get(page).content.decode()
    assert "CHF\xa085.62 of what you paid is on your prepaid account." in shown
    with tenancy.within(borea.pk):
        assert prepaid.balance(borea) == placed.total
    assert test_codes.used("SPRING20") == 0
    assert books.differences() == []
