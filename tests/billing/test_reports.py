"""VAT of some days and open items by age, against books that were lived through."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.billing import credit_notes, reports
from plancia.billing.reports import Ages
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.outbox import delivery
from tests.billing.conftest import AT, bill, draft, money_in

MARCH = (date(2026, 3, 1), date(2026, 3, 31))


def pay(invoice, minor: int, at: datetime = AT) -> None:
    money_in(invoice.organization, Money(minor, invoice.currency), purpose=invoice.public_id, at=at)
    delivery.tell_untold(at=at)


def test_vat_is_told_by_country_rate_and_rule_with_credit_notes_taken_off(cast):
    for organization in cast.values():
        bill(organization, draft(10_000, organization.currency))
    second = bill(cast["italian person"], draft(5_000, "EUR"))
    credit_notes.credit(invoice_id=second.pk, reason="", actor=SYSTEM, at=AT)

    rows = reports.vat(*MARCH)

    told = {
        (row.country, row.category, str(row.rate)): (row.invoices, row.credit_notes, row.net, row.tax) for row in rows
    }
    assert told == {
        ("CH", "S", "8.1"): (1, 0, Money(10_000, "CHF"), Money(810, "CHF")),
        ("DE", "AE", "0"): (1, 0, Money(10_000, "EUR"), Money(0, "EUR")),
        ("FR", "S", "20"): (1, 0, Money(10_000, "EUR"), Money(2_000, "EUR")),
        ("IT", "S", "22"): (2, 1, Money(10_000, "EUR"), Money(2_200, "EUR")),
        ("US", "O", "0"): (1, 0, Money(10_000, "EUR"), Money(0, "EUR")),
    }
    assert {str(row.rule) for row in rows} >= {"VAT of our own country", "Reverse charge: the recipient owes the VAT"}


def test_a_document_belongs_to_the_day_it_was_issued_on_here_and_the_ledger_agrees(lina):
    # 23:30 of 31 March in Zurich is still March, 00:30 of 1 April is not.
    bill(lina, at=datetime(2026, 3, 31, 21, 30, tzinfo=UTC))
    bill(lina, at=datetime(2026, 3, 31, 22, 30, tzinfo=UTC))

    (due,) = reports.taxes_due(*MARCH)

    assert due.documents == due.ledger == Money(810, "CHF")
    assert due.agrees


def test_a_change_of_rate_is_two_rows(lina):
    bill(lina, at=datetime(2023, 12, 31, 12, tzinfo=UTC))
    bill(lina, at=datetime(2024, 1, 1, 12, tzinfo=UTC))

    rows = reports.vat(date(2023, 10, 1), date(2024, 3, 31))

    assert [(row.rate, row.tax) for row in rows] == [
        (Decimal("7.7"), Money(770, "CHF")),
        (Decimal("8.1"), Money(810, "CHF")),
    ]


def test_days_without_documents_are_empty(lina):
    assert reports.vat(*MARCH) == reports.taxes_due(*MARCH) == []
    assert reports.open_items(MARCH[1]).total == 0
    assert reports.open_totals(MARCH[1]) == []


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, "not_due"),
        (1, "up_to_30"),
        (30, "up_to_30"),
        (31, "up_to_60"),
        (61, "up_to_90"),
        (90, "up_to_90"),
        (91, "older"),
    ],
)
def test_an_open_item_has_the_age_of_its_due_date(lina, days: int, bucket: str):
    invoice = bill(lina)

    (row,) = reports.open_items(invoice.due_on + timedelta(days=days))

    assert getattr(row.ages, bucket) == row.ages.total == invoice.total
    assert (row.name, row.invoices, row.oldest_due_on) == (lina.name, 1, invoice.due_on)


def test_open_items_are_those_of_the_end_of_a_day_whatever_came_later(lina):
    invoice = bill(lina)
    pay(invoice, 4_000, at=AT + timedelta(days=5))
    pay(invoice, 6_810, at=AT + timedelta(days=40))
    credited = bill(lina)
    credit_notes.credit(invoice_id=credited.pk, reason="", actor=SYSTEM, at=AT + timedelta(days=10))

    owed = [
        sum(row.ages.total.minor for row in reports.open_items(AT.date() + timedelta(days=days)))
        for days in (-1, 0, 5, 10, 39, 40)
    ]

    assert owed == [0, 21_620, 17_620, 6_810, 6_810, 0]


def test_who_owes_most_comes_first_and_all_of_it_is_in_the_sum(found):
    organizations = [found(name=f"Customer {place}") for place in range(3)]
    for place, organization in enumerate(organizations):
        bill(organization, draft(10_000 * (place + 1)))

    first, second = (reports.open_items(MARCH[1], page=page, size=2) for page in (1, 2))

    assert [row.name for row in [*first, *second]] == ["Customer 2", "Customer 1", "Customer 0"]
    assert (first.total, first.last_number) == (3, 2)
    assert [ages.total for ages in reports.open_totals(MARCH[1])] == [Money(64_860, "CHF")]
    assert reports.open_items(MARCH[1], page=9).number == 1


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(nets=st.lists(st.integers(0, 99_999), min_size=1, max_size=6), paid=st.lists(st.integers(1, 99_999), max_size=4))
def test_whatever_happens_reports_and_ledger_agree(cast, nets, paid):
    buyers = list(cast.values())
    invoices = [bill(buyers[place % 5], draft(net, buyers[place % 5].currency)) for place, net in enumerate(nets)]
    for invoice, minor in zip(invoices, paid, strict=False):
        pay(invoice, minor)
    credit_notes.credit(invoice_id=invoices[-1].pk, reason="", actor=SYSTEM, at=AT)

    assert all(due.agrees for due in reports.taxes_due(*MARCH))
    assert all(isinstance(ages, Ages) and ages.total.is_positive for ages in reports.open_totals(MARCH[1]))
