from __future__ import annotations

import psycopg
import pytest

from plancia.billing import credit_notes
from plancia.billing.models import Invoice
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


@pytest.fixture
def tampering(superuser: psycopg.Connection) -> psycopg.Connection:
    """A connection for which neither triggers nor foreign keys are in force."""
    superuser.execute("set session_replication_role = replica")
    return superuser


def test_entries_that_are_not_a_documents_amounts_are_found(past, tampering):
    # Revenue and tax of one invoice change places: every sum over all documents stays what it was.
    first, second = Invoice.objects.filter(kind="invoice").order_by("pk")[:2]
    tampering.execute(
        """
        update ledger_entry e set amount_minor = amount_minor + case when t.reference = %(first)s then 5 else -5 end
        from ledger_transaction t, ledger_account a
        where t.id = e.transaction_id and a.id = e.account_id and a.code like 'revenue:%%'
          and t.reference in (%(first)s, %(second)s)""",
        {"first": f"{first.public_id}:issued", "second": f"{second.public_id}:issued"},
    )

    found = {one.subject for one in books.differences() if one.check == "documents are booked as they say"}

    assert found == {first.number, second.number}


def test_a_posting_of_a_document_that_does_not_exist_is_found(past, tampering):
    tampering.execute(
        "update ledger_transaction set reference = 'inv_x:issued' where reference like '%:issued'"
        " and id = (select min(id::text)::uuid from ledger_transaction where reference like '%:issued')"
    )

    assert "inv_x" in {one.subject for one in books.differences()}
