from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from plancia.audit.models import Entry as TrailEntry
from plancia.billing import chart, credit_notes, settlement
from plancia.billing.models import Invoice
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.ledger.queries import balance
from plancia.outbox import delivery
from plancia.outbox.models import Fact
from plancia.wallet import prepaid
from tests.billing.conftest import AT, bill, draft, money_in


def credit(invoice: Invoice) -> Invoice:
    return credit_notes.credit(invoice_id=invoice.pk, reason="ordered twice", actor=SYSTEM, at=AT)


def test_a_credit_note_takes_a_whole_invoice_back(lina):
    invoice = bill(lina, draft(12_000), draft(-2_000))

    note = credit(invoice)

    invoice.refresh_from_db()
    assert (note.number, note.kind, note.corrects, note.total) == (
        "C2026-000001",
        "credit_note",
        invoice,
        invoice.total,
    )
    assert [line.net_minor for line in note.lines.order_by("position")] == [12_000, -2_000]
    assert invoice.state == "credited"
    assert settlement.open_amount(invoice) == settlement.open_amount(note) == Money(0, "CHF")


def test_the_postings_of_an_open_invoice_are_reversed(lina):
    credit(bill(lina))

    assert not balance(chart.receivable(lina.public_id, "CHF"))
    assert not balance(chart.revenue("CHF"))
    assert not balance(chart.tax("CH", "CHF"))
    assert books.differences() == []


def test_what_was_paid_goes_to_the_prepaid_account(lina):
    invoice = bill(lina)
    money_in(lina, Money(4_000, "CHF"), purpose=invoice.public_id)
    delivery.tell_untold(at=AT)

    credit(invoice)

    assert prepaid.balance(lina) == Money(4_000, "CHF")
    assert Fact.objects.get(name="invoice.credited").payload["returned_minor"] == 4_000
    assert books.differences() == []


def test_why_is_recorded(lina):
    credit(bill(lina))

    assert TrailEntry.objects.get(action="invoice.credited").details["reason"] == "ordered twice"


def test_an_invoice_is_credited_once_and_a_credit_note_never(lina):
    invoice = bill(lina)
    note = credit(invoice)

    for one in (invoice, note):
        with pytest.raises(credit_notes.NotCreditable):
            credit(one)

    assert Invoice.objects.filter(kind="credit_note").count() == 1
    assert books.differences() == []


def test_an_invoice_over_nothing_can_be_credited(lina):
    credit(bill(lina, draft(0)))

    assert books.differences() == []


def test_eight_credits_at_once_are_one(lina):
    invoice = bill(lina)

    def attempt(_turn: int) -> bool:
        try:
            with transaction.as_staff():
                credit(invoice)
        except credit_notes.NotCreditable:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(attempt, range(8))) == 1

    assert Invoice.objects.filter(kind="credit_note").count() == 1
    assert books.differences() == []
