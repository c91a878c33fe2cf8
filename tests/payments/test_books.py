from __future__ import annotations

import pytest

from plancia.kernel import transaction
from plancia.ledger import books
from tests.payments.test_transfers import record


@pytest.fixture
def tampering(superuser):
    """A connection for which neither triggers nor foreign keys are in force."""
    superuser.execute("set session_replication_role = replica")
    return superuser


def found() -> list[str]:
    return [str(difference) for difference in books.differences()]


def test_a_payment_without_its_posting_is_found(organization, tampering):
    payment = record(organization)
    tampering.execute("delete from ledger_entry; delete from ledger_transaction; delete from ledger_account")

    assert found() == [f"payments are booked once: {payment.public_id}:received: nothing, expected EUR 120.00"]


def test_a_posting_without_its_payment_is_found(organization, tampering):
    payment = record(organization)
    tampering.execute("delete from payments_payment")

    assert found() == [f"payments are booked once: {payment.public_id}:received: EUR 120.00, expected nothing"]


def test_a_payment_of_another_amount_is_found(organization, tampering):
    payment = record(organization)
    with transaction.as_staff():
        type(payment).objects.update(amount_minor=12_001)

    assert found() == [f"payments are booked once: {payment.public_id}:received: EUR 120.00, expected EUR 120.01"]


def test_money_from_nowhere_is_found(organization, tampering):
    payment = record(organization)
    tampering.execute("update ledger_account set code = 'revenue:EUR' where code = 'bank:EUR'")

    assert f"incoming money comes from payments: {payment.public_id}:received" in found()[0]
