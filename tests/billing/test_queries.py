from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.test.utils import CaptureQueriesContext

from plancia.billing import credit_notes, overview, queries
from plancia.billing.queries import Filter, Standing
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.outbox import delivery
from tests.billing.conftest import AT, bill, draft, money_in

APRIL = datetime(2026, 4, 15, 12, 0, tzinfo=UTC)
TOTAL = Money(10_810, "CHF")


@pytest.fixture
def past(lina):
    """Four invoices: overdue, open with a part paid, paid, credited; and the credit note."""
    invoices = [
        bill(lina, due_on=due) for due in (date(2026, 4, 1), date(2026, 5, 1), date(2026, 4, 1), date(2026, 4, 1))
    ]
    money_in(lina, Money(810, "CHF"), purpose=invoices[1].public_id)
    money_in(lina, TOTAL, purpose=invoices[2].public_id)
    delivery.tell_untold(at=AT)
    credit_notes.credit(invoice_id=invoices[3].pk, reason="", actor=SYSTEM, at=AT)
    return invoices


def test_the_list_has_the_newest_first_with_what_is_open(lina, past):
    page = queries.invoices(lina.pk, at=APRIL)

    assert [(row.number, row.standing, row.open.minor) for row in page] == [
        ("C2026-000001", Standing.CREDIT_NOTE, 0),
        ("2026-000004", Standing.CREDITED, 0),
        ("2026-000003", Standing.PAID, 0),
        ("2026-000002", Standing.OPEN, 10_000),
        ("2026-000001", Standing.OVERDUE, 10_810),
    ]


@pytest.mark.parametrize(
    ("filter", "numbers"),
    [
        (Filter.OPEN, ["2026-000002", "2026-000001"]),
        (Filter.OVERDUE, ["2026-000001"]),
        (Filter.PAID, ["2026-000003"]),
        (Filter.CREDIT_NOTES, ["C2026-000001"]),
    ],
)
def test_filters_show_what_they_say(lina, past, filter: Filter, numbers: list[str]):
    assert [row.number for row in queries.invoices(lina.pk, filter=filter, at=APRIL)] == numbers


def test_an_invoice_is_not_overdue_on_the_day_it_is_due(lina, past):
    on_the_day = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)

    assert queries.invoices(lina.pk, filter=Filter.OVERDUE, at=on_the_day).total == 0


def test_search_finds_numbers(lina, past):
    assert [row.number for row in queries.invoices(lina.pk, search=" c2026 ", at=APRIL)] == ["C2026-000001"]
    assert queries.invoices(lina.pk, search="nothing", at=APRIL).rows == []


def test_pages_part_the_list_and_a_page_too_far_is_the_last(lina, past):
    first, far = (queries.invoices(lina.pk, at=APRIL, page=number, size=2) for number in (1, 99))

    assert (len(first), first.total, first.last_number, first.has_next) == (2, 5, 3, True)
    assert (far.number, [row.number for row in far]) == (3, ["2026-000001"])


def test_another_organization_sees_none_of_it(found, past):
    other = found(name="Other")

    assert queries.invoices(other.pk, at=APRIL).rows == []
    assert queries.invoice(other.pk, past[0].public_id, at=APRIL) is None
    assert overview.overview(other.pk, at=APRIL)[0].open == []


def test_a_page_costs_two_queries_however_long(lina):
    for _ in range(30):
        bill(lina)

    with CaptureQueriesContext(transaction.connection()) as captured:
        page = queries.invoices(lina.pk, at=APRIL)

    assert len(page) == 25
    assert len(captured) == 2


def test_the_page_of_an_invoice_explains_every_line(lina):
    year = Period.term(AT, after_months=0, months=12)
    line = draft(9_000, quantity=2, unit_price=Money(5_000, "CHF"), subject="sub_1", period=year)
    invoice = bill(lina, line)

    detail = queries.invoice(lina.pk, invoice.public_id, at=APRIL)

    (row,) = detail.lines
    assert (row.gross, row.discount, row.net) == (Money(10_000, "CHF"), Money(1_000, "CHF"), Money(9_000, "CHF"))
    assert (row.starts_on, row.last_on, row.subject) == (date(2026, 3, 2), date(2027, 3, 1), "sub_1")
    assert (row.tax, str(row.tax_rate)) == (Money(729, "CHF"), "8.100")
    assert [(str(tax.rate), tax.tax) for tax in detail.taxes] == [("8.1", Money(729, "CHF"))]
    assert (detail.buyer.recipient, detail.seller.name) == ("Lina Ferrari", "Alpina Hosting SA")


def test_the_page_says_what_settled_an_invoice(lina, past):
    paid = queries.invoice(lina.pk, past[2].public_id, at=APRIL)
    credited = queries.invoice(lina.pk, past[3].public_id, at=APRIL)

    assert [(row.amount, str(row.label)) for row in paid.settlements] == [(TOTAL, "Bank transfer")]
    assert [str(row.label) for row in credited.settlements] == ["Credit note"]
    (row,) = credited.corrected_by
    assert (row.number, row.total) == ("C2026-000001", TOTAL)
    note = queries.invoice(lina.pk, row.public_id, at=APRIL)
    assert note.corrects == (past[3].public_id, "2026-000004")


def test_the_summary_says_what_is_due(lina, past):
    summary, _last = overview.overview(lina.pk, at=APRIL)

    assert (summary.open_count, summary.overdue_count, summary.next_due_on) == (2, 1, date(2026, 5, 1))
    assert (summary.open, summary.overdue) == ([Money(20_810, "CHF")], [TOTAL])


def test_an_id_of_something_else_is_nothing(lina):
    for text in ("inv_", "sub_01k00000000000000000000000", "x" * 500, ""):
        assert queries.invoice(lina.pk, text, at=APRIL) is None
