from __future__ import annotations

import pytest

from plancia.kernel import ids
from plancia.kernel.money import Money
from plancia.ledger import accounts, books, posting
from plancia.ledger.models import Kind
from plancia.ledger.posting import Leg
from tests.ledger.test_posting import AT

TILL = accounts.heading("test-till", kind=Kind.LIABILITY, is_of_organization=True, tracks_balance=True, is_floored=True)
ORGANIZATION = ids.new()
CODE = TILL.code(ids.public("org", ORGANIZATION), "EUR")
SHOP = accounts.heading("test-shop", kind=Kind.INCOME)


@pytest.fixture
def sale(staff) -> None:
    """One posting of 5 euros."""
    posting.post(
        reference="sale",
        legs=[Leg("test-shop:EUR", Money(500, "EUR")), Leg(CODE, Money(-500, "EUR"))],
        organization_id=ORGANIZATION,
        at=AT,
    )


@pytest.fixture
def tampering(superuser):
    """A connection for which neither triggers nor foreign keys are in force."""
    superuser.execute("set session_replication_role = replica")
    return superuser


def found() -> list[tuple[str, str]]:
    return [(difference.check, difference.subject) for difference in books.differences()]


def test_true_books_have_no_differences(sale):
    assert books.differences() == []


def test_an_entry_that_was_altered_is_found(sale, tampering):
    tampering.execute("update ledger_entry set amount_minor = 501 where amount_minor = 500")

    assert [str(difference) for difference in books.differences()] == ["postings balance: sale: 1 EUR, expected 0 EUR"]


def test_an_entry_that_was_deleted_is_found(sale, tampering):
    tampering.execute("delete from ledger_entry where amount_minor = -500")

    assert found() == [
        ("postings balance", "sale"),
        ("postings are whole", "sale"),
        ("balances equal entries", CODE),
    ]


def test_a_balance_that_was_altered_is_found(sale, tampering):
    tampering.execute("update ledger_account set balance_minor = -400 where code = %s", [CODE])

    assert [str(difference) for difference in books.differences()] == [
        f"balances equal entries: {CODE}: -400, expected -500"
    ]


def test_a_broken_floor_is_found(sale, tampering):
    tampering.execute("update ledger_entry set amount_minor = -amount_minor")

    assert found() == [("balances equal entries", CODE), ("floors hold", CODE)]


def test_an_entry_moved_to_another_organization_is_found(sale, tampering):
    tampering.execute("update ledger_entry set organization_id = %s where amount_minor = -500", [ids.new()])

    assert found() == [("entries fit their account", "sale")]


def test_packages_above_add_their_checks(staff, monkeypatch):
    monkeypatch.setattr(books, "_checks", {})

    @books.check("shops are open", explains="A door is shut.")
    def shops_are_open() -> list[books.Difference]:
        return [books.Difference("shops are open", "ours", "closed", "open")]

    assert "shops are open" in books.checks()
    assert [str(difference) for difference in books.differences()] == ["shops are open: ours: closed, expected open"]
    with pytest.raises(ValueError, match="two checks"):
        books.check("shops are open", explains="")(list)
