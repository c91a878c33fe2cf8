from __future__ import annotations

import psycopg
import pytest

from plancia.billing import credit_notes
from plancia.kernel.actors import SYSTEM
from plancia.ledger import books
from plancia.outbox import delivery
from tests.billing.conftest import AT, bill, money_in


@pytest.fixture
def past(lina):
    """A little of everything: open, partly paid, paid, credited."""
    invoices = [bill(lina) for _ in range(4)]
    money_in(lina, invoices[1].total, purpose=invoices[1].public_id)
    money_in(lina, invoices[2].total.times(2), purpose=invoices[2].public_id)
    delivery.tell_untold(at=AT)
    credit_notes.credit(invoice_id=invoices[2].pk, reason="", actor=SYSTEM, at=AT)
    return invoices


def test_a_true_past_has_no_differences(past):
    assert books.differences() == []


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("update billing_line set tax_minor = tax_minor + 1", "invoices are the sum of their lines"),
        ("update billing_invoice set taxes = '[]'", "tax rows add up"),
        ("update billing_invoice set state = 'open' where state = 'paid'", "paid invoices are settled"),
        ("delete from billing_settlement", "paid invoices are settled"),
        ("delete from billing_settlement", "receivables are the open invoices"),
        ("delete from billing_invoice where sequence = 1 and kind = 'invoice'", "series have no gaps"),
        ("update billing_series set last_number = last_number + 1", "series have no gaps"),
        (
            "update billing_invoice set net_minor = net_minor + 1, total_minor = total_minor + 1"
            " where kind = 'credit_note'",
            "credit notes take back what was billed",
        ),
        (
            "update billing_invoice set net_minor = net_minor + 1, total_minor = total_minor + 1 where state = 'open'",
            "revenue and tax are what was billed",
        ),
    ],
)
def test_what_was_tampered_with_is_found(past, superuser: psycopg.Connection, statement: str, check: str):
    superuser.execute("set session_replication_role = replica")
    superuser.execute(statement)

    assert check in {difference.check for difference in books.differences()}
