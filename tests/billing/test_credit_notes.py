from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.audit.models import Entry as TrailEntry
from plancia.billing import chart, credit_notes, settlement
from plancia.billing.models import Invoice, Line
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.ledger.queries import balance
from plancia.outbox import delivery
from plancia.outbox.models import Fact
from plancia.wallet import prepaid
from tests import racing
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


def part(invoice: Invoice, *nets: int) -> Invoice:
    """Credit so much of each line."""
    lines = invoice.lines.order_by("position")
    wanted = {line.pk: Money(net, invoice.currency) for line, net in zip(lines, nets, strict=False)}
    return credit_notes.credit(invoice_id=invoice.pk, reason="half of it", actor=SYSTEM, at=AT, nets=wanted)


def test_a_part_of_some_lines_is_taken_back(lina):
    invoice = bill(lina, draft(12_000), draft(3_000))

    note = part(invoice, 2_000)

    invoice.refresh_from_db()
    assert (note.net_minor, note.tax_minor, note.reason, invoice.state) == (2_000, 162, "half of it", "open")
    assert [(line.net_minor, line.corrects.position) for line in note.lines.all()] == [(2_000, 1)]
    assert settlement.open_amount(invoice) == invoice.total - note.total
    assert Fact.objects.get(name="invoice.credited").payload["is_whole"] is False
    assert books.differences() == []


def test_the_rest_can_be_taken_back_later_and_that_is_the_whole(lina):
    invoice = bill(lina, draft(10_001), draft(3_333))
    parts = [part(invoice, 1, 1), part(invoice, 4_000)]

    rest = credit(invoice)

    invoice.refresh_from_db()
    assert invoice.state == "credited"
    assert sum(one.total_minor for one in [*parts, rest]) == invoice.total_minor
    assert not balance(chart.tax("CH", "CHF"))
    assert books.differences() == []


def test_what_is_paid_and_credited_is_settled(lina):
    invoice = bill(lina)
    money_in(lina, Money(8_108, "CHF"), purpose=invoice.public_id)
    delivery.tell_untold(at=AT)

    part(invoice, 2_500)

    invoice.refresh_from_db()
    assert invoice.state == "paid"
    assert prepaid.balance(lina) == Money(1, "CHF")
    assert books.differences() == []


@pytest.mark.parametrize("nets", [(10_001,), (-1,), (0, 0), ()])
def test_more_than_was_billed_and_nothing_are_refused(lina, nets):
    invoice = bill(lina, draft(10_000), draft(500))

    with pytest.raises((credit_notes.CreditBeyond, credit_notes.NothingToCredit)):
        part(invoice, *nets)

    assert not Invoice.objects.filter(kind="credit_note").exists()


def test_the_database_lets_nobody_take_back_more_than_was_billed(lina):
    invoice = bill(lina)
    note = part(invoice, 9_000)
    line = note.lines.get()

    with pytest.raises(DatabaseError, match="beyond what was billed"), transaction.atomic():
        Line.objects.create(**{**_values(line), "position": 2, "net_minor": 1_001})


def _values(line: Line) -> dict[str, object]:
    return {field.attname: getattr(line, field.attname) for field in line._meta.concrete_fields if field.name != "id"}


def test_partial_credits_at_once_never_take_back_more(lina):
    invoice = bill(lina)

    def attempt(_place: int) -> None:
        with transaction.as_staff():
            part(invoice, 3_000)

    outcomes = racing.at_once(6, attempt)

    assert outcomes == ["credit_beyond"] * 3 + ["done"] * 3
    assert books.differences() == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nets=st.lists(st.integers(1, 50_000), min_size=1, max_size=4),
    parts=st.lists(st.lists(st.integers(0, 50_000), min_size=1, max_size=4), max_size=5),
    paid=st.integers(0, 100_000),
)
def test_whatever_is_credited_the_books_agree_and_nothing_is_lost(cast, nets, parts, paid):
    italian = cast["italian person"]
    invoice = bill(italian, *[draft(net, "EUR") for net in nets])
    before = prepaid.balance(italian)
    if paid:
        money_in(italian, Money(paid, "EUR"), purpose=invoice.public_id)
        delivery.tell_untold(at=AT)

    for wanted in parts:
        with contextlib.suppress(credit_notes.CreditBeyond, credit_notes.NothingToCredit, credit_notes.NotCreditable):
            part(invoice, *wanted)
    with contextlib.suppress(credit_notes.NotCreditable):
        credit(invoice)

    notes = Invoice.objects.filter(corrects=invoice)
    invoice.refresh_from_db()
    assert invoice.state == "credited"
    assert sum(note.total_minor for note in notes) == invoice.total_minor
    assert sum(note.tax_minor for note in notes) == invoice.tax_minor
    assert all(note.tax_minor >= 0 for note in notes)
    assert prepaid.balance(italian) - before == Money(paid, "EUR")
    assert books.differences() == []
