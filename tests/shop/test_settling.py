from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.billing.models import Invoice, Line
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.ledger import queries as ledger
from plancia.ledger.posting import InsufficientFunds
from plancia.outbox import facts
from plancia.outbox.models import Fact
from plancia.payments import charging, chart
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.shop import cancellation, paying, settling
from plancia.shop.models import Order, OrderPayment
from plancia.shop.pricing import Wish
from plancia.subscriptions.models import Subscription, Term
from plancia.wallet import prepaid
from tests.shop.world import ADA, NOON, place, tell, top_up, transfer

TOTAL = Money(10702, "CHF")


@pytest.fixture
def order(borea, plans) -> Order:
    """A year of web hosting, CHF 99.00 and VAT."""
    return place(borea, Wish(plans["hosting"], 12))


def now(order: Order) -> Order:
    with transaction.as_staff():
        return Order.objects.get(pk=order.pk)


def balance(organization) -> Money:
    with transaction.as_staff():
        return prepaid.balance(organization)


def incoming(organization) -> Money:
    with transaction.as_staff():
        return ledger.balance(chart.incoming(organization.public_id, organization.currency))


def card(order: Order, amount: Money | None = None) -> Payment:
    with transaction.as_staff():
        return charging.start(
            organization_id=order.organization_id,
            purpose=order.public_id,
            amount=amount or order.total,
            actor=ADA,
            at=NOON,
        )


def collect(payment: Payment) -> None:
    with transaction.as_staff(), facts.told_by_caller():
        charging.succeed(payment_id=payment.pk, gateway_reference=f"ref-{payment.pk}", at=NOON)


def pay_from_balance(order: Order) -> None:
    with facts.told_by_caller(), transaction.atomic():
        tenancy.enter(order.organization_id)
        paying.pay_with_prepaid(order_id=order.pk, actor=ADA, at=NOON)


def test_money_that_comes_pays_the_order_and_all_that_follows(borea, order):
    transfer(order)

    with transaction.as_staff():
        subscription, invoice = Subscription.objects.get(), Invoice.objects.get()
        line, term = Line.objects.get(), Term.objects.get()
    assert (now(order).state, now(order).paid_at) == ("paid", NOON)
    assert (invoice.state, invoice.total, invoice.purpose) == ("paid", TOTAL, order.public_id)
    assert (line.description, line.subject, line.quantity) == ("Web hosting Pro", subscription.public_id, 1)
    assert (line.starts_at, line.ends_at) == (NOON, NOON.replace(year=2027))
    assert (subscription.paid_until, term.invoice) == (NOON.replace(year=2027), invoice.public_id)
    assert (incoming(borea), balance(borea)) == (Money.zero("CHF"), Money.zero("CHF"))
    assert books.differences() == []


def test_a_product_of_many_is_one_product(borea, plans):
    order = place(borea, Wish(plans["server"], 1, 40))

    transfer(order)

    with transaction.as_staff():
        assert [(one.quantity, one.name) for one in Subscription.objects.all()] == [(40, "Cloud server S")]
        assert Invoice.objects.get().net == Money(80_000, "CHF")


def test_the_prepaid_account_pays_at_once(borea, order):
    top_up(borea, Money(20_000, "CHF"))

    pay_from_balance(order)

    assert (now(order).state, balance(borea)) == ("paid", Money(20_000 - 10_702, "CHF"))
    tell()
    assert (now(order).state, balance(borea), incoming(borea)) == (
        "paid",
        Money(20_000 - 10_702, "CHF"),
        Money.zero("CHF"),
    )
    assert books.differences() == []


def test_a_short_balance_pays_nothing(borea, order):
    top_up(borea, Money(10_701, "CHF"))

    with pytest.raises(InsufficientFunds):
        pay_from_balance(order)

    assert (now(order).state, balance(borea)) == ("open", Money(10_701, "CHF"))
    with transaction.as_staff():
        assert not Subscription.objects.exists()
        assert not Invoice.objects.exists()


def test_the_same_payment_is_judged_once(borea, order):
    transfer(order)
    with transaction.as_staff():
        payment = Payment.objects.get()

    with transaction.as_staff():
        again = settling.receive(order_id=order.pk, payment=payment.public_id, amount=payment.amount, at=NOON)

    assert again.applied_minor == TOTAL.minor
    with transaction.as_staff():
        assert (Invoice.objects.count(), OrderPayment.objects.count(), Subscription.objects.count()) == (1, 1, 1)
    assert books.differences() == []


def test_a_second_payment_is_kept(borea, order):
    first, second = card(order), card(order)

    collect(first)
    collect(second)
    tell()

    assert (now(order).state, balance(borea), incoming(borea)) == ("paid", TOTAL, Money.zero("CHF"))
    with transaction.as_staff():
        assert Fact.objects.filter(name="order.payment_kept").count() == 1
    assert books.differences() == []


def test_what_is_more_than_the_total_is_kept(borea, order):
    transfer(order, TOTAL + Money(5_000, "CHF"))

    assert (now(order).state, balance(borea)) == ("paid", Money(5_000, "CHF"))


def test_what_does_not_cover_the_order_is_kept_and_told(borea, order):
    transfer(order, Money(10_000, "CHF"))

    with transaction.as_staff():
        told = Fact.objects.get(name="order.underpaid")
    assert (now(order).state, balance(borea)) == ("open", Money(10_000, "CHF"))
    assert told.payload["missing_minor"] == 702


def test_two_transfers_that_cover_it_together_pay_the_order(borea, order):
    transfer(order, Money(10_000, "CHF"), reference="bank-1")
    transfer(order, Money(702, "CHF"), reference="bank-2")

    assert (now(order).state, balance(borea), incoming(borea)) == ("paid", Money.zero("CHF"), Money.zero("CHF"))
    assert books.differences() == []


def test_a_part_that_was_spent_meanwhile_does_not_pay_twice(borea, order, plans):
    transfer(order, Money(10_000, "CHF"), reference="bank-1")
    other = place(borea, Wish(plans["domain"], 12, 1, {"domain": "aurora.ch"}))
    pay_from_balance(other)
    transfer(order, Money(702, "CHF"), reference="bank-2")

    assert (now(order).state, now(other).state) == ("open", "paid")
    assert balance(borea) == Money(10_702 - 1_297, "CHF")
    assert books.differences() == []


def test_money_in_another_currency_is_kept_in_that_currency(borea, order):
    transfer(order, Money(20_000, "EUR"))

    with transaction.as_staff():
        kept = ledger.balance(f"prepaid:{borea.public_id}:EUR")
    assert (now(order).state, kept) == ("open", Money(-20_000, "EUR"))
    assert books.differences() == []


def test_money_for_a_cancelled_order_is_kept(borea, order):
    with transaction.as_staff():
        cancellation.cancel(order_id=order.pk, actor=ADA, at=NOON)

    collect(card(order))
    tell()

    assert (now(order).state, balance(borea), incoming(borea)) == ("cancelled", TOTAL, Money.zero("CHF"))
    with transaction.as_staff():
        assert not Subscription.objects.exists()
    assert books.differences() == []


def test_money_for_an_expired_order_is_kept(borea, order):
    late = NOON + timedelta(days=31)
    with transaction.as_staff():
        cancellation.expire_due(at=late)

    transfer(order, at=late)

    assert (now(order).state, balance(borea)) == ("expired", TOTAL)


def test_money_for_an_order_that_never_was_is_kept(borea):
    with transaction.as_staff(), facts.told_by_caller():
        payment = charging.start(
            organization_id=borea.pk, purpose=ids.public("ord", ids.new()), amount=TOTAL, actor=SYSTEM, at=NOON
        )
    collect(payment)
    tell()

    assert (balance(borea), incoming(borea)) == (TOTAL, Money.zero("CHF"))


def test_an_order_is_carried_out_at_the_tax_it_was_placed_at(borea, order, monkeypatch):
    """A new rate on the first of January must not make a paid order fall short."""
    with transaction.as_staff():
        Order.objects.filter(pk=order.pk).update(
            taxes=[{**order.taxes[0], "rate": "7.7", "tax_minor": 762}], tax_minor=762, total_minor=10_662
        )

    transfer(now(order))

    with transaction.as_staff():
        assert Invoice.objects.get().total == Money(10_662, "CHF")
    assert now(order).state == "paid"


def test_an_order_that_is_paid_cannot_be_paid_or_cancelled(borea, order):
    transfer(order)
    top_up(borea, Money(20_000, "CHF"))

    with pytest.raises(paying.NotPayable, match="Paid"):
        pay_from_balance(order)
    with pytest.raises(cancellation.OrderNotOpen), transaction.as_staff():
        cancellation.cancel(order_id=order.pk, actor=ADA, at=NOON)

    assert balance(borea) == Money(20_000, "CHF")


def test_a_card_payment_under_way_is_gone_on_with(borea, order):
    with transaction.as_staff():
        first = paying.start_card(order_id=order.pk, actor=ADA, at=NOON)
        second = paying.start_card(order_id=order.pk, actor=ADA, at=NOON)
        charging.fail(payment_id=first.pk, code="declined", at=NOON)
        third = paying.start_card(order_id=order.pk, actor=ADA, at=NOON)

    assert first == second
    assert third != first
    assert now(order).method == Method.CARD


def test_orders_expire_once_and_only_when_it_is_time(borea, order, plans):
    paid = place(borea, Wish(plans["server"], 1))
    transfer(paid)

    with transaction.as_staff():
        early = cancellation.expire_due(at=NOON + timedelta(days=29))
        due = cancellation.expire_due(at=NOON + timedelta(days=30))
        again = cancellation.expire_due(at=NOON + timedelta(days=30))

    assert (early, due, again) == (0, 1, 0)
    assert (now(order).state, now(paid).state) == ("expired", "paid")


def test_twenty_payments_at_once_pay_the_order_once(borea, order):
    """Five from the balance, fifteen by card, told by many workers: one pays, the rest is kept or refused."""
    top_up(borea, TOTAL.times(5))
    cards = [card(order) for _ in range(15)]

    def pay(number: int) -> str:
        try:
            if number % 4 == 0:
                pay_from_balance(order)
            else:
                collect(cards.pop())
                tell()
        except paying.NotPayable:
            return "refused"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(pay, range(20)))
    tell()

    with transaction.as_staff():
        assert OrderPayment.objects.filter(applied_minor__gt=0).count() == 1
        assert (Invoice.objects.count(), Subscription.objects.count()) == (1, 1)
    assert now(order).state == "paid"
    assert outcomes.count("refused") in (4, 5)
    assert balance(borea) == TOTAL.times(5 + 15 - 1)
    assert incoming(borea) == Money.zero("CHF")
    assert books.differences() == []


def test_fifty_orders_at_once_spend_a_balance_that_covers_ten(borea, plans):
    top_up(borea, TOTAL.times(10) + Money(10_701, "CHF"))
    orders = [place(borea, Wish(plans["hosting"], 12)) for _ in range(50)]

    def pay(order: Order) -> bool:
        try:
            pay_from_balance(order)
        except InsufficientFunds:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(16) as pool:
        paid = list(pool.map(pay, orders))
    tell()

    assert paid.count(True) == 10
    assert balance(borea) == Money(10_701, "CHF")
    with transaction.as_staff():
        assert Order.objects.filter(state="paid").count() == Invoice.objects.count() == 10
    assert books.differences() == []


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    coming=st.lists(
        st.tuples(st.integers(0, 2), st.one_of(st.just(None), st.integers(1, 30_000))), min_size=1, max_size=8
    ),
    ending=st.sampled_from(["", "cancelled"]),
)
def test_no_money_is_lost_whatever_comes(borea, plans, coming, ending):
    """Money in = invoices paid + prepaid money, for any payments of any orders."""
    wishes = [Wish(plans["hosting"], 12), Wish(plans["server"], 1, 2), Wish(plans["server"], 12)]
    before = -incoming(borea) + balance(borea) + _invoiced()
    orders = [place(borea, wish) for wish in wishes]
    if ending:
        with transaction.as_staff():
            cancellation.cancel(order_id=orders[0].pk, actor=ADA, at=NOON)

    money_in = Money.zero("CHF")
    for number, minor in coming:
        amount = Money(minor, "CHF") if minor else orders[number].total
        transfer(orders[number], amount, reference=str(ids.new()))
        money_in += amount

    assert _invoiced() + balance(borea) == before + money_in
    assert incoming(borea) == Money.zero("CHF")
    assert balance(borea).minor >= 0
    assert books.differences() == []


def _invoiced() -> Money:
    with transaction.as_staff():
        return Money.total([invoice.total for invoice in Invoice.objects.filter(state="paid")], "CHF")
