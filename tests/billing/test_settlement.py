from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.billing import credit_notes, settlement
from plancia.billing.models import Invoice, Settlement
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import books
from plancia.ledger.posting import InsufficientFunds
from plancia.ledger.queries import balance
from plancia.outbox import delivery
from plancia.outbox.models import Fact
from plancia.payments import chart as payments_chart
from plancia.payments.models import Payment
from plancia.wallet import prepaid
from tests.billing.conftest import AT, bill, money_in

TOTAL = Money(10_810, "CHF")


def part(amount: int) -> Money:
    return Money(amount, "CHF")


def test_the_whole_amount_pays_an_invoice(lina):
    invoice = bill(lina)
    payment = money_in(lina, TOTAL)

    paid = settlement.settle(invoice_id=invoice.pk, amount=TOTAL, reference=f"{payment.public_id}:applied", at=AT)

    assert (paid.state, paid.paid_at) == ("paid", AT)
    assert settlement.open_amount(paid) == part(0)
    assert balance(payments_chart.incoming(lina.public_id, "CHF")) == part(0)
    assert Fact.objects.get(name="invoice.paid").payload["purpose"] == invoice.purpose
    assert books.differences() == []


def test_a_part_leaves_the_rest_open(lina):
    invoice = bill(lina)
    money_in(lina, TOTAL)

    settlement.settle(invoice_id=invoice.pk, amount=part(4_000), reference="one", at=AT)

    invoice.refresh_from_db()
    assert invoice.state == "open"
    assert settlement.open_amount(invoice) == part(6_810)
    assert not Fact.objects.filter(name="invoice.paid").exists()
    assert books.differences() == []


def test_more_than_what_is_open_is_refused(lina):
    invoice = bill(lina)
    money_in(lina, part(20_000))

    with pytest.raises(settlement.Overpaid):
        settlement.settle(invoice_id=invoice.pk, amount=TOTAL + part(1), reference="one", at=AT)

    assert settlement.open_amount(invoice) == TOTAL


def test_money_that_did_not_come_settles_nothing(lina):
    invoice = bill(lina)

    with pytest.raises(InsufficientFunds):
        settlement.settle(invoice_id=invoice.pk, amount=TOTAL, reference="one", at=AT)

    assert not Settlement.objects.exists()
    assert books.differences() == []


def test_settling_twice_with_one_reference_changes_nothing(lina):
    invoice = bill(lina)
    money_in(lina, part(20_000))
    settlement.settle(invoice_id=invoice.pk, amount=part(3_000), reference="one", at=AT)

    with pytest.raises(settlement.AlreadySettled):
        settlement.settle(invoice_id=invoice.pk, amount=part(3_000), reference="one", at=AT)

    assert settlement.open_amount(invoice) == TOTAL - part(3_000)


def test_the_database_refuses_more_than_the_total(lina):
    invoice = bill(lina)

    with pytest.raises(IntegrityError, match="beyond its total"):
        Settlement.objects.create(
            organization=lina, invoice=invoice, reference="one", amount_minor=TOTAL.minor + 1, settled_at=AT
        )


def test_twenty_settlements_at_once_are_one(lina):
    invoice = bill(lina)
    for _ in range(20):
        money_in(lina, TOTAL)

    def settle(turn: int) -> str:
        try:
            with transaction.as_staff():
                settlement.settle(invoice_id=invoice.pk, amount=TOTAL, reference=f"turn {turn}", at=AT)
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()
        return "settled"

    with ThreadPoolExecutor(10) as threads:
        outcomes = sorted(threads.map(settle, range(20)))

    assert outcomes == ["overpaid"] * 19 + ["settled"]
    assert Settlement.objects.count() == 1
    assert -balance(payments_chart.incoming(lina.public_id, "CHF")) == Money(19 * TOTAL.minor, "CHF")
    assert books.differences() == []


def test_a_payment_for_an_invoice_pays_it_and_the_rest_is_kept(lina):
    invoice = bill(lina)
    payment = money_in(lina, part(15_000), purpose=invoice.public_id)

    delivery.tell_untold(at=AT)

    invoice.refresh_from_db()
    assert invoice.state == "paid"
    assert prepaid.balance(lina) == part(15_000) - TOTAL
    assert Settlement.objects.get().reference == f"{payment.public_id}:applied"
    assert books.differences() == []


def test_a_second_payment_of_a_paid_invoice_is_kept(lina):
    invoice = bill(lina)
    for _ in range(2):
        money_in(lina, TOTAL, purpose=invoice.public_id)

    delivery.tell_untold(at=AT)

    assert prepaid.balance(lina) == TOTAL
    assert books.differences() == []


def test_being_told_twice_of_a_payment_changes_nothing(lina):
    invoice = bill(lina)
    payment = money_in(lina, part(15_000), purpose=invoice.public_id)

    kept = [
        settlement.receive(invoice_id=invoice.pk, payment=payment.public_id, amount=payment.amount, at=AT)
        for _ in range(2)
    ]

    assert kept == [part(15_000) - TOTAL] * 2
    assert prepaid.balance(lina) == part(15_000) - TOTAL


def test_money_of_another_currency_is_kept(lina):
    invoice = bill(lina)
    money_in(lina, Money(5_000, "EUR"), purpose=invoice.public_id)

    delivery.tell_untold(at=AT)

    assert settlement.open_amount(invoice) == TOTAL
    assert books.differences() == []


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.integers(1, 15_000)),
        st.tuples(st.just("credit"), st.just(0)),
        st.tuples(st.just("tell"), st.just(0)),
        st.tuples(st.just("bill"), st.integers(0, 12_000)),
    ),
    max_size=12,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_payments_and_credits_in_any_order_lose_nothing(found, steps):
    from tests.billing.conftest import draft

    lina = found()
    invoices = [bill(lina)]
    for step, amount in steps:
        if step == "bill":
            invoices.append(bill(lina, draft(amount)))
        elif step == "pay":
            money_in(lina, part(amount), purpose=invoices[amount % len(invoices)].public_id)
        elif step == "tell":
            delivery.tell_untold(at=AT)
        else:
            try:
                credit_notes.credit(invoice_id=invoices[-1].pk, reason="wish", actor=SYSTEM, at=AT)
            except credit_notes.NotCreditable:
                continue
    delivery.tell_untold(at=AT)

    came = sum(payment.amount_minor for payment in Payment.objects.filter(organization=lina))
    applied = sum(
        invoice.total_minor - settlement.open_amount(invoice).minor
        for invoice in Invoice.objects.filter(organization=lina, kind="invoice").exclude(state="credited")
    )
    assert came == applied + prepaid.balance(lina).minor
    assert balance(payments_chart.incoming(lina.public_id, "CHF")) == part(0)
    assert books.differences() == []
