from __future__ import annotations

from datetime import date

import pytest

from plancia.bank import iso20022, statements
from plancia.bank.iso20022 import BankFileRefused
from plancia.kernel.money import Money as Amount
from tests.bank import files
from tests.bank.files import Money, camt, entry, statement


def read(content: bytes) -> list[statements.Movement]:
    return statements.movements(iso20022.read(content))


@pytest.mark.parametrize("version", iso20022.KNOWN["camt.053"])
@pytest.mark.parametrize("kind", ["camt.053", "camt.054"])
def test_every_version_says_the_same(version, kind):
    (one,) = read(
        statement(
            Money(amount="1234.50", reference="RF18 5390 0754 7034", bank_reference="B1"), version=version, kind=kind
        )
    )

    assert (one.amount, one.is_credit, one.booked_on) == (Amount(123450, "EUR"), True, date(2026, 3, 2))
    assert (one.reference, one.name, one.iban) == ("RF18539007547034", "Aurora Srl", "IT60X0542811101000000123456")
    assert (one.account, one.end_to_end) == (files.ACCOUNT, "")


@pytest.mark.parametrize("version", ["001.02", "001.08"])
def test_a_booking_of_many_is_a_row_for_each(version):
    ones = [Money(amount="10.00", reference=f"R{n}", name=f"Payer {n}") for n in range(3)]

    rows = read(camt(entry(ones, version, total="30.00", bank_reference="B1"), version=version))

    assert [(row.amount.minor, row.reference, row.name) for row in rows] == [
        (1000, f"R{n}", f"Payer {n}") for n in range(3)
    ]
    assert len({row.key for row in rows}) == 3


def test_the_same_money_has_one_key_in_notification_and_statement():
    one = Money(amount="10.00", bank_reference="B1", reference="R1")

    keys = {read(statement(one, kind=kind, name=kind))[0].key for kind in ("camt.053", "camt.054")}

    assert len(keys) == 1


def test_two_that_say_the_same_are_two():
    assert len({row.key for row in read(statement(Money(amount="10.00"), Money(amount="10.00")))}) == 2


def test_what_is_only_announced_is_left_out():
    assert read(camt(entry([Money(amount="10.00")], "001.08", status="PDNG"))) == []


def test_a_return_says_why():
    (one,) = read(statement(Money(amount="10.00", end_to_end="E1", return_reason="AC04")))

    assert (one.end_to_end, one.return_reason) == ("E1", "AC04")


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (statement(Money(amount="10.00"))[:-30], 7, "no whole XML"),
        (b"", 1, "no whole XML"),
        (statement(Money(amount="10.00"), version="001.99"), 2, "camt.053.001.99 is not known"),
        (b'<?xml version="1.0"?>\n<a xmlns="urn:x"/>', 2, "no message of a bank"),
        (statement(Money(amount="ten")), 6, "no amount of money"),
        (statement(Money(amount="10.001")), 6, "no amount of money"),
        (statement(Money(amount="10.00")).replace(b"CRDT", b"BOTH"), 6, "CdtDbtInd"),
        (statement(Money(amount="10.00")).replace(b"2026-03-02</Dt></BookgDt>", b"soon</Dt></BookgDt>"), 6, "no date"),
        (camt(entry([Money(amount="1.00"), Money(amount="2.00")], "001.08", total="4.00")), 6, "do not add up"),
        (statement(Money(amount="1.00")).replace(files.ACCOUNT.encode(), b""), 5, "Acct/Id"),
        (b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/passwd">]><d>&e;</d>', 1, "document type"),
    ],
)
def test_what_cannot_be_read_is_refused_with_line_and_reason(content, line, reason):
    with pytest.raises(BankFileRefused) as refusal:
        read(content)

    assert refusal.value.params["line"] == line
    assert reason in str(refusal.value)
