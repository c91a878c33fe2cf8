"""What was promised with an order is taken off the first terms, and off no other."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.billing.models import Line
from plancia.catalog.models import Plan, Price
from plancia.kernel import transaction
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import activation, renewal
from plancia.subscriptions.discounts import Promise, Reduction
from plancia.subscriptions.models import Subscription
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days

QUARTER = Reduction(Decimal(25), code="SPRING")


def take(organization: Organization, plan: Plan, promise: Promise, *, months: int = 1) -> Subscription:
    """Give a product whose first term costs nothing: what follows is what these tests are about."""
    with transaction.as_staff(), facts.told_by_caller():
        return activation.take(
            organization_id=organization.pk,
            plan=plan,
            price=Price.objects.get(plan=plan, currency=organization.currency, months=months, valid_until=None),
            months=months,
            quantity=1,
            choices={},
            name="aurora.it",
            at=MARCH,
            promise=promise,
        )


def renew(held: Subscription, organization: Organization) -> None:
    """Offer the next term, and pay it where it costs something."""
    end = world.fresh(held).paid_until
    world.offer(at=end - days(3))
    for invoice in world.open_invoices(organization):
        world.pay(invoice, at=end - days(2))


def test_the_first_terms_are_reduced_and_the_next_is_not(aurora: Organization, hosting: Plan) -> None:
    held = take(aurora, hosting, Promise(Reduction(Decimal(100), code="GIFT"), 2, "use_1"))

    for _ in range(2):
        renew(held, aurora)

    assert [(term.net_minor, term.discount_minor) for term in world.terms(held)] == [(0, 990), (0, 990), (990, 0)]
    assert books.differences() == []


def test_an_invoice_of_a_renewal_says_what_was_taken_off(aurora: Organization, hosting: Plan) -> None:
    held = take(aurora, hosting, Promise(QUARTER, 3, "use_1"))

    world.offer(at=held.paid_until - days(3))

    with transaction.as_staff():
        line = Line.objects.get()
    assert (line.unit_price_minor, line.net_minor) == (990, 742)
    assert line.discount_reason == "Codice promozionale SPRING: sconto 25 %"


def test_an_offer_taken_back_and_made_again_counts_once(aurora: Organization, hosting: Plan) -> None:
    held = take(aurora, hosting, Promise(QUARTER, 2, "use_1"))
    with transaction.as_staff(), facts.told_by_caller():
        renewal.offer(subscription_ids=[held.pk], at=MARCH)
        renewal.withdraw(subscription_ids=[held.pk], actor=world.CLERK, at=MARCH)

    renew(held, aurora)
    renew(held, aurora)

    assert [term.discount_minor for term in world.terms(held)] == [248, 248, 0]


def test_another_frequency_is_another_price(aurora: Organization, hosting: Plan) -> None:
    held = take(aurora, hosting, Promise(QUARTER, 9, "use_1"))
    with transaction.as_staff():
        Subscription.objects.filter(pk=held.pk).update(months=12)

    renew(held, aurora)

    assert [term.net_minor for term in world.terms(held)] == [742, 9900]


def test_a_limit_of_all_terms_is_not_passed(aurora: Organization, hosting: Plan) -> None:
    most = Money(1500, "EUR")
    held = take(aurora, hosting, Promise(Reduction(Decimal(100), most=most), 12, "grt_1"))

    renew(held, aurora)
    renew(held, aurora)

    assert [term.discount_minor for term in world.terms(held)] == [990, 510, 0]


@given(
    gross=st.integers(0, 10**9),
    percent=st.decimals(0, 100, places=2),
    amount=st.none() | st.integers(0, 10**9),
    most=st.none() | st.integers(0, 10**9),
)
def test_a_reduction_is_between_nothing_and_the_price(gross, percent, amount, most):
    price = Money(gross, "CHF")
    reduction = Reduction(
        percent,
        None if amount is None else Money(amount, "CHF"),
        None if most is None else Money(most, "CHF"),
    )

    off = reduction.of(price)

    assert Money.zero("CHF") <= off <= price
    assert most is None or off.minor <= most


def test_an_amount_of_another_currency_takes_nothing():
    assert Reduction(amount=Money(500, "EUR")).of(Money(990, "CHF")) == Money.zero("CHF")


@pytest.mark.parametrize(
    ("reduction", "words"),
    [
        (Reduction(Decimal("33.50"), code="A"), "Promo code A: 33.5 % off"),
        (Reduction(Decimal(100), code="A"), "Promo code A: free"),
        (Reduction(amount=Money(1000, "CHF"), code="A"), "Promo code A: CHF\xa010.00 off"),
        (Reduction(Decimal(100)), "Complimentary offer"),
    ],
)
def test_a_reduction_is_explained(reduction, words):
    assert reduction.words("en") == words
