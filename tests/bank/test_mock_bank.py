"""The whole loop with a bank that is a stranger: our payment file in, its reports, statements and returns back."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from plancia.bank import importing, matching, payment_files, payouts
from plancia.bank.models import BankEntry, Payout
from plancia.bank.payment_files import Debtor
from plancia.kernel import ids
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.payments import customer_references
from plancia.wallet import prepaid, withdrawing
from tests.waiting import until

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PROVIDER = Debtor("ACME", "NL41MOCK0000000001")
NORA = Actor(ActorKind.STAFF, "Nora", user_id=ids.new())

pytestmark = pytest.mark.usefixtures("staff")


class Bank:
    """The mock bank, asked over HTTP as a bank's portal is."""

    def __init__(self, port: int) -> None:
        self._http = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)

    def is_up(self) -> bool:
        try:
            return self._http.get("/_mock/health").status_code == 200
        except httpx2.HTTPError:
            return False

    def send(self, file: str) -> int:
        return self._http.post("/payments", content=file.encode()).status_code

    def credit(self, amount: int, **more: Any) -> None:
        said = {"account": "ACME", "amount": amount, "debtor": {"name": "Aurora Srl", "iban": "NL14MOCK0000000002"}}
        answer = self._http.post("/_mock/credits", content=json.dumps(said | more))
        assert answer.status_code < 300, answer.text

    def behave(self, behaviour: str, **parameters: Any) -> None:
        answer = self._http.patch("/_mock/accounts/ACME", content=json.dumps({"behaviour": behaviour} | parameters))
        assert answer.status_code < 300, answer.text

    def next_days(self, days: int) -> None:
        assert self._http.post(f"/_mock/advance?days={days}").status_code < 300

    def collect(self) -> list[str]:
        """Fetch what the bank has for us, and take in what is ours to read; return the kinds of all."""
        messages = self._http.get("/_mock/mailbox").json()
        kinds = []
        for message in messages if isinstance(messages, list) else messages["messages"]:
            kinds.append(str(message["type"])[:8])
            if kinds[-1] in ("camt.053", "camt.054", "pain.002"):
                importing.take(content=message["body"].encode(), name=message["type"], actor=SYSTEM, at=AT)
        delivery.tell_untold(at=AT)
        return kinds


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("mock-bank")),
        "--port",
        str(port),
        "--clock",
        "2026-03-02T09:00",
        "-q",
    ]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        server = Bank(port)
        until(server.is_up)
        yield server
        process.terminate()


def withdraw(organization: Organization, minor: int, iban: str = "NL30MOCK0000000005") -> Payout:
    return withdrawing.ask(
        organization_id=organization.pk,
        amount=Money(minor, "EUR"),
        destination=payouts.bank_account(iban=iban, holder="Aurora Srl"),
        key=ids.new(),
        actor=SYSTEM,
        at=AT,
    )


def test_money_comes_and_leaves_and_comes_back(organization, bank):
    reference = customer_references.of(organization.pk, at=AT)
    bank.credit(50_000, reference=reference)
    bank.credit(12_345, note="no reference at all")
    bank.next_days(1)
    assert "camt.054" in bank.collect()

    assert prepaid.balance(organization) == Money(50_000, "EUR")
    (stray,) = BankEntry.objects.filter(state="unmatched")
    assert stray.amount == Money(12_345, "EUR")
    matching.confirm(entry_id=stray.pk, text=organization.public_id, actor=NORA, at=AT)
    delivery.tell_untold(at=AT)
    assert prepaid.balance(organization) == Money(62_345, "EUR")

    good, closed = withdraw(organization, 10_000), withdraw(organization, 2000, iban="NL84MOCK0000000003")
    for payout in (good, closed):
        payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    file = payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT)
    assert bank.send(file.content) == 202
    bank.next_days(2)
    assert {"pain.002", "camt.053"} <= set(bank.collect())
    bank.collect()

    states = dict(Payout.objects.values_list("pk", "state"))
    assert states == {good.pk: "paid", closed.pk: "rejected"}
    assert prepaid.balance(organization) == Money(52_345, "EUR")
    assert books.differences() == []


def test_a_payment_that_is_sent_back_days_later_is_on_the_prepaid_account_again(organization, bank):
    bank.credit(50_000, reference=customer_references.of(organization.pk, at=AT))
    bank.next_days(1)
    bank.collect()
    bank.behave("return-later")
    payout = withdraw(organization, 10_000)
    payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    bank.send(payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT).content)
    bank.next_days(10)

    bank.collect()

    payout.refresh_from_db()
    assert (payout.state, bool(payout.reason)) == ("returned", True)
    assert prepaid.balance(organization) == Money(50_000, "EUR")
    assert books.differences() == []
