from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from plancia.bank import importing, payment_files, payouts
from plancia.bank.models import PaymentFile, Payout
from plancia.bank.payment_files import Debtor, NothingToSend
from plancia.bank.payouts import IbanRefused, ReasonMissing, ReleasedBefore
from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.money import Money as Amount
from plancia.kernel.refusals import Refusal
from plancia.kernel.states import MoveRefused
from plancia.ledger import books
from plancia.ledger.posting import InsufficientFunds
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.payments import transfers
from plancia.wallet import prepaid, withdrawing
from tests.bank.files import ACCOUNT, Money, statement
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOME = payouts.bank_account(iban="IT60 X054 2811 1010 0000 0123 456", holder="Aurora Srl")
PROVIDER = Debtor("Alpina Hosting SA", ACCOUNT)
NORA = Actor(ActorKind.STAFF, "Nora", user_id=ids.new())
OTTO = Actor(ActorKind.STAFF, "Otto", user_id=ids.new())

pytestmark = pytest.mark.usefixtures("staff")


def give(organization: Organization, minor: int, reference: str = "") -> None:
    transfers.record(
        organization_id=organization.pk,
        purpose=prepaid.top_up_purpose(organization.pk),
        amount=Amount(minor, "EUR"),
        bank_reference=reference or str(ids.new()),
        actor=SYSTEM,
        at=AT,
    )
    delivery.tell_untold(at=AT)


def withdraw(organization: Organization, minor: int, key: UUID | None = None) -> Payout:
    with transaction.as_staff():
        return withdrawing.ask(
            organization_id=organization.pk,
            amount=Amount(minor, "EUR"),
            destination=HOME,
            key=key or ids.new(),
            actor=SYSTEM,
            at=AT,
        )


def sent(organization: Organization, minor: int = 5000) -> Payout:
    payout = withdraw(organization, minor)
    payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT)
    payout.refresh_from_db()
    return payout


def status_report(payout: Payout, status: str, reason: str = "", group: str = "PART") -> bytes:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{ids.new()}</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{payout.file.message_id}</OrgnlMsgId>"
        f"<GrpSts>{group}</GrpSts></OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><TxInfAndSts>"
        f"<OrgnlEndToEndId>{payout.end_to_end}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}</TxInfAndSts>"
        "</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"
    ).encode()


def take(content: bytes) -> importing.Taken:
    return importing.take(content=content, actor=SYSTEM, at=AT)


def state(payout: Payout) -> str:
    payout.refresh_from_db()
    return payout.state


@pytest.mark.parametrize("iban", ["", "IT60X0542811101000000123457", "nonsense", "DE00"])
def test_what_is_no_iban_is_refused(iban):
    with pytest.raises(IbanRefused):
        payouts.bank_account(iban=iban, holder="Aurora Srl")


def test_what_is_asked_for_is_reserved_at_once(organization):
    give(organization, 10_000)

    payout = withdraw(organization, 7000)

    assert (payout.state, payout.destination) == ("waiting", "IT60 X054 2811 1010 0000 0123 456")
    assert prepaid.balance(organization) == Amount(3000, "EUR")
    with pytest.raises(InsufficientFunds):
        withdraw(organization, 3001)
    assert books.differences() == []


def test_the_same_wish_twice_is_one(organization):
    give(organization, 10_000)
    key = ids.new()

    assert withdraw(organization, 7000, key) == withdraw(organization, 7000, key)
    assert prepaid.balance(organization) == Amount(3000, "EUR")


def test_eight_who_withdraw_at_once_take_what_is_there_and_no_more(organization):
    give(organization, 10_000)

    outcomes = at_once(8, lambda _: withdraw(organization, 3000) and "asked")

    assert outcomes == ["asked"] * 3 + ["insufficient_funds"] * 5
    assert prepaid.balance(organization) == Amount(1000, "EUR")
    assert books.differences() == []


def test_above_the_limit_two_people_release_it(organization):
    give(organization, 200_000)
    payout = withdraw(organization, 100_001)

    payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    assert state(payout) == "waiting"
    with pytest.raises(ReleasedBefore):
        payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    payouts.release(payout_id=payout.pk, actor=OTTO, at=AT)

    assert state(payout) == "released"
    small = withdraw(organization, 99_999)
    payouts.release(payout_id=small.pk, actor=NORA, at=AT)
    assert state(small) == "released"


def test_one_person_at_eight_desks_at_once_is_one_pair_of_eyes(organization):
    give(organization, 200_000)
    payout = withdraw(organization, 150_000)

    def act(_place: int) -> str:
        with transaction.as_staff():
            payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
        return "released"

    assert at_once(8, act) == ["released"] + ["released_before"] * 7
    assert state(payout) == "waiting"


def test_what_staff_refuse_goes_back_with_the_reason(organization):
    give(organization, 10_000)
    payout = withdraw(organization, 7000)

    with pytest.raises(ReasonMissing):
        payouts.refuse(payout_id=payout.pk, reason=" ", actor=NORA, at=AT)
    payouts.refuse(payout_id=payout.pk, reason="Another holder", actor=NORA, at=AT)

    assert (state(payout), payout.reason) == ("refused", "Another holder")
    assert prepaid.balance(organization) == Amount(10_000, "EUR")
    with pytest.raises(MoveRefused):
        payouts.release(payout_id=payout.pk, actor=NORA, at=AT)


def test_a_payment_file_holds_what_was_released_once(organization):
    give(organization, 10_000)
    payout = sent(organization)
    waiting = withdraw(organization, 1000)

    (file,) = PaymentFile.objects.all()
    root = etree.fromstring(file.content.encode())
    said = {etree.QName(one).localname: one.text for one in root.iter() if isinstance(one.tag, str)}

    assert (file.number, file.total) == (1, Amount(5000, "EUR"))
    assert (said["EndToEndId"], said["InstdAmt"], said["MsgId"]) == (payout.end_to_end, "50.00", file.message_id)
    assert (state(payout), state(waiting)) == ("sent", "waiting")
    with pytest.raises(NothingToSend):
        payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT)


def test_two_files_at_once_hold_a_payout_once(organization):
    give(organization, 10_000)
    payout = withdraw(organization, 5000)
    payouts.release(payout_id=payout.pk, actor=NORA, at=AT)

    def act(_place: int) -> str:
        with transaction.as_staff():
            return str(payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT).number)

    assert at_once(6, act) == ["1"] + ["nothing_to_send"] * 5


@pytest.mark.parametrize(
    ("status", "reason", "ended", "left"),
    [("ACSC", "", "paid", 5000), ("RJCT", "AC01", "rejected", 10_000), ("ACSP", "", "sent", 5000)],
)
def test_the_status_report_says_what_became_of_it(organization, status, reason, ended, left):
    give(organization, 10_000)
    payout = sent(organization)
    report = status_report(payout, status, reason)

    take(report)
    take(report)

    assert (state(payout), payout.reason) == (ended, reason)
    assert prepaid.balance(organization) == Amount(left, "EUR")
    assert books.differences() == []


def test_a_file_that_is_rejected_as_a_whole_gives_all_back(organization):
    give(organization, 10_000)
    payout = sent(organization)

    take(status_report(payout, "", "", group="RJCT").replace(payout.end_to_end.encode(), b"other"))

    assert state(payout) == "rejected"
    assert prepaid.balance(organization) == Amount(10_000, "EUR")


def test_a_report_about_a_file_that_is_not_ours_is_refused(organization):
    give(organization, 10_000)
    payout = sent(organization)

    with pytest.raises(Refusal, match="PAYOTHER"):
        take(status_report(payout, "ACSC").replace(payout.file.message_id.encode(), b"PAYOTHER"))
    assert state(payout) == "sent"


def test_the_debit_on_the_statement_settles_it_and_a_return_brings_it_back(organization):
    give(organization, 10_000)
    payout = sent(organization)
    debit = Money(amount="50.00", credit=False, end_to_end=payout.end_to_end, bank_reference="D1")
    back = Money(amount="50.00", end_to_end=payout.end_to_end, return_reason="AC04", bank_reference="R1")

    take(statement(debit, name="one"))
    take(status_report(payout, "ACSC"))
    assert state(payout) == "paid"
    assert books.differences() == []

    take(statement(back, name="two"))
    take(statement(back, name="three", kind="camt.054"))
    assert (state(payout), payout.reason) == ("returned", "AC04")
    assert prepaid.balance(organization) == Amount(10_000, "EUR")
    assert books.differences() == []


def test_a_batch_that_the_bank_books_as_one_settles_all_of_the_file(organization):
    give(organization, 10_000)
    ones = [withdraw(organization, 1000), withdraw(organization, 2000)]
    for one in ones:
        payouts.release(payout_id=one.pk, actor=NORA, at=AT)
    file = payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT)

    take(statement(Money(amount="30.00", credit=False, file=file.message_id)))

    assert [state(one) for one in ones] == ["paid", "paid"]


def test_to_paypal_staff_send_it_themselves(organization):
    give(organization, 10_000)
    there = payouts.paypal_account(email="ada@aurora.example", holder="Ada")
    payout = withdrawing.ask(
        organization_id=organization.pk,
        amount=Amount(5000, "EUR"),
        destination=there,
        key=ids.new(),
        actor=SYSTEM,
        at=AT,
    )
    payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    with pytest.raises(NothingToSend):
        payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT)

    payouts.send_by_hand(payout_id=payout.pk, actor=NORA, at=AT)

    assert state(payout) == "paid"
    assert books.differences() == []


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ask", "release", "refuse", "send", "settle", "fail"]),
            st.integers(0, 3),
            st.integers(1, 6000),
        ),
        max_size=14,
    )
)
def test_whatever_is_done_in_whichever_order_the_money_is_somewhere(organization, deeds):
    give(organization, 10_000)
    asked: list[Payout] = []
    total = prepaid.balance(organization)
    for deed, place, minor in deeds:
        try:
            if deed == "ask":
                asked.append(withdraw(organization, minor))
            elif deed == "send":
                payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT)
            elif place < len(asked):
                key = asked[place].pk
                match deed:
                    case "release":
                        payouts.release(payout_id=key, actor=NORA, at=AT)
                    case "refuse":
                        payouts.refuse(payout_id=key, reason="no", actor=NORA, at=AT)
                    case "settle":
                        payouts.settle(payout_id=key, actor=NORA, at=AT)
                    case "fail":
                        payouts.fail(payout_id=key, reason="AC04", actor=NORA, at=AT)
        except Refusal:
            continue

    rows = [Payout.objects.get(pk=one.pk) for one in asked]
    away = sum(row.amount_minor for row in rows if row.state in ("waiting", "released", "sent", "paid"))
    assert prepaid.balance(organization) == total - Amount(away, "EUR")
    assert books.differences() == []
