"""Money at the bank and payouts, as staff see and settle them."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plancia.bank import payouts
from plancia.bank.models import BankEntry, PaymentFile, Payout
from plancia.kernel import clock, ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money as Amount
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.payments import charging, transfers
from plancia.payments.models import Payment
from plancia.wallet import prepaid, refunding, withdrawing
from tests import people
from tests.bank.files import Money, statement
from tests.payments import saved


def staff(email: str) -> Client:
    client = Client()
    client.force_login(people.person(email, is_staff=True))
    return client


@pytest.fixture
def nora(db) -> Client:
    return staff("nora@provider.example")


@pytest.fixture
def aurora(db) -> Organization:
    return people.aurora(people.person("ada@aurora.example"))


def upload(client: Client, content: bytes):
    return client.post("/staff/bank/files/", {"file": SimpleUploadedFile("camt.xml", content)}, follow=True)


def test_what_nobody_wants_goes_back_once_and_waits_among_the_payouts(nora):
    upload(nora, statement(Money(amount="125.00", name="Zio Paperone")))
    with transaction.as_staff():
        entry = BankEntry.objects.get()
    place = f"/staff/bank/{entry.public_id}/return/"

    assert nora.post(place, {"reason": ""}).status_code == 422
    page = nora.post(place, {"reason": "Pagato due volte"}, follow=True).content.decode()
    assert nora.post(place, {"reason": "Pagato due volte"}).status_code == 422

    assert "Unmatched money, on its way back" in page
    assert "Pagato due volte" in page
    with transaction.as_staff():
        assert Payout.objects.get().amount == Amount(12_500, "EUR")
        assert books.differences() == []
    assert "Zio Paperone" in nora.get("/staff/bank/?state=sent_back").content.decode()


def test_a_file_is_taken_in_and_what_it_leaves_is_matched_by_hand(nora, aurora):
    page = upload(nora, statement(Money(amount="125.00", name="Zio Paperone"))).content.decode()
    assert "1 new entry, 0 matched" in page
    assert "Zio Paperone" in page
    assert "taken in before" in upload(nora, statement(Money(amount="125.00", name="Zio Paperone"))).content.decode()

    with transaction.as_staff():
        entry = BankEntry.objects.get()
    place = f"/staff/bank/{entry.public_id}/match/"
    assert nora.post(place, {"purpose": "nothing"}).status_code == 422
    assert nora.post(place, {"purpose": aurora.public_id}).status_code == 302
    assert nora.post(place, {"purpose": aurora.public_id}).status_code == 422
    delivery.tell_untold(at=clock.now())

    with transaction.as_staff():
        assert prepaid.balance(aurora) == Amount(12_500, "EUR")
    assert "Aurora Srl" in nora.get("/staff/bank/?state=matched").content.decode()
    assert books.differences() == []


def test_a_broken_file_is_refused_with_line_and_reason(nora):
    answer = upload(nora, statement(Money(amount="x")))

    assert answer.status_code == 422
    assert "Line 6" in answer.content.decode()
    assert nora.post("/staff/bank/files/").status_code == 422


def test_money_of_nobody_is_set_aside_and_looked_for_again(nora):
    upload(nora, statement(Money(amount="125.00")))
    with transaction.as_staff():
        entry = BankEntry.objects.get()

    assert nora.post(f"/staff/bank/{entry.public_id}/aside/", {"note": ""}).status_code == 422
    nora.post(f"/staff/bank/{entry.public_id}/aside/", {"note": "Tax refund"})
    assert "Tax refund" in nora.get("/staff/bank/?state=set_aside").content.decode()
    nora.post(f"/staff/bank/{entry.public_id}/search/")
    with transaction.as_staff():
        entry.refresh_from_db()
    assert entry.state == "unmatched"


def ask(organization: Organization, minor: int, *, by_paypal: bool = False) -> Payout:
    with transaction.as_staff():
        transfers.record(
            organization_id=organization.pk,
            purpose=prepaid.top_up_purpose(organization.pk),
            amount=Amount(minor, "EUR"),
            bank_reference=str(ids.new()),
            actor=SYSTEM,
            at=clock.now(),
        )
        delivery.tell_untold(at=clock.now())
        there = (
            payouts.paypal_account(email="ada@aurora.example", holder="Ada")
            if by_paypal
            else payouts.bank_account(iban="IT60X0542811101000000123456", holder="Aurora Srl")
        )
        return withdrawing.ask(
            organization_id=organization.pk,
            amount=Amount(minor, "EUR"),
            destination=there,
            key=ids.new(),
            actor=SYSTEM,
            at=clock.now(),
        )


def state(payout: Payout) -> str:
    with transaction.as_staff():
        payout.refresh_from_db()
    return str(payout.state)


def test_a_large_payout_is_released_by_two_and_goes_into_a_file(nora, aurora):
    payout = ask(aurora, 150_000)
    release = f"/staff/payouts/{payout.public_id}/release/"

    nora.post(release)
    assert nora.post(release).status_code == 422
    assert state(payout) == "waiting"
    staff("otto@provider.example").post(release)
    assert state(payout) == "released"
    assert "Make a file in EUR" in nora.get("/staff/payouts/").content.decode()
    nora.post("/staff/payouts/files/", {"currency": "EUR"})

    with transaction.as_staff():
        file = PaymentFile.objects.get()
    fetched = [nora.get(f"/staff/payouts/files/{file.public_id}/") for _ in range(2)]
    assert fetched[0].content == fetched[1].content == file.content.encode()
    assert state(payout) == "sent"
    assert nora.post("/staff/payouts/files/", {"currency": "EUR"}).status_code == 422


def test_a_payout_is_refused_with_a_reason(nora, aurora):
    payout = ask(aurora, 5000)

    assert nora.post(f"/staff/payouts/{payout.public_id}/refusal/", {"reason": ""}).status_code == 422
    nora.post(f"/staff/payouts/{payout.public_id}/refusal/", {"reason": "Another holder"})

    assert state(payout) == "refused"
    assert "Another holder" in nora.get("/staff/payouts/?state=refused").content.decode()
    with transaction.as_staff():
        assert prepaid.balance(aurora) == Amount(5000, "EUR")


def test_what_goes_to_paypal_is_sent_by_hand(nora, aurora):
    payout, other = ask(aurora, 5000, by_paypal=True), ask(aurora, 5000)
    for one in (payout, other):
        nora.post(f"/staff/payouts/{one.public_id}/release/")

    nora.post(f"/staff/payouts/{payout.public_id}/sent/")

    assert state(payout) == "paid"
    assert nora.post(f"/staff/payouts/{other.public_id}/sent/").status_code == 404


def test_the_lists_cost_the_same_for_two_and_for_fifteen(nora, aurora):
    def cost(page: str) -> int:
        with (
            CaptureQueriesContext(connections["default"]) as web,
            CaptureQueriesContext(connections["staff"]) as seen,
        ):
            assert nora.get(page).status_code == 200
        return len(web.captured_queries) + len(seen.captured_queries)

    upload(nora, statement(*(Money(amount="1.00") for _ in range(2)), name="few"))
    for _ in range(2):
        ask(aurora, 600)
    few = [cost("/staff/bank/"), cost("/staff/payouts/")]
    upload(nora, statement(*(Money(amount="2.00") for _ in range(30)), name="many"))
    for _ in range(13):
        ask(aurora, 600)

    assert [cost("/staff/bank/"), cost("/staff/payouts/")] == few
    assert max(few) <= 18


def test_a_payment_by_card_goes_back_with_a_reason(nora, aurora):
    with transaction.as_staff():
        payment = charging.start(
            organization_id=aurora.pk,
            purpose=prepaid.top_up_purpose(aurora.pk),
            amount=Amount(5000, "EUR"),
            actor=SYSTEM,
            at=clock.now(),
        )
        charging.succeed(payment_id=payment.pk, gateway_reference="reh_1", at=clock.now())
    delivery.tell_untold(at=clock.now())
    place = f"/staff/payments/{payment.public_id}/"
    sent = {"amount": "20.00", "reason": "Cancelled by phone", "key": str(ids.new())}

    assert "€50.00" in nora.get(place).content.decode()
    for wrong in ({"amount": "50.01"}, {"reason": " "}, {"amount": "0"}):
        assert nora.post(place, sent | wrong).status_code == 422
    for _ in range(2):
        nora.post(place, sent)
    with saved.gateway():
        assert refunding.ask_due(at=clock.now()) == 1

    assert "Sent back" in nora.get(place).content.decode()
    with transaction.as_staff():
        assert prepaid.balance(aurora) == Amount(3000, "EUR")
    assert books.differences() == []


def test_what_did_not_come_by_a_gateway_offers_no_refund(nora, aurora):
    ask(aurora, 600)
    with transaction.as_staff():
        payment = Payment.objects.get()

    assert "Send money back" not in nora.get(f"/staff/payments/{payment.public_id}/").content.decode()
