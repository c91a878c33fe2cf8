"""Unmatched money goes back to its payer: once, released like a payout; unmatched again where it does not arrive."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.bank import books as bank_books
from plancia.bank import matching, payment_files, payouts, sending_back
from plancia.bank.matching import NotMatchable
from plancia.bank.models import BankEntry, Payout
from plancia.bank.payouts import ReasonMissing, ReleasedBefore
from plancia.bank.sending_back import NoWayBack
from plancia.kernel import transaction
from plancia.kernel.money import Money as Amount
from plancia.kernel.refusals import Refusal
from plancia.ledger import books
from plancia.ledger import queries as ledger
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from tests.bank.files import Money, statement
from tests.bank.test_payouts import AT, NORA, OTTO, PROVIDER, state, status_report, take
from tests.racing import at_once

pytestmark = pytest.mark.usefixtures("staff")

STRANGER = "Zio Paperone"


def came(amount: str = "125.00", **said: str) -> BankEntry:
    taken = take(statement(Money(amount=amount, name=STRANGER, **said), name=f"S{amount}{said}"))
    return BankEntry.objects.get(file=taken.file)


def back(entry: BankEntry, reason: str = "Pagato per errore") -> Payout:
    with transaction.as_staff():
        return sending_back.send_back(entry_id=entry.pk, reason=reason, actor=NORA, at=AT)


def sent(entry: BankEntry) -> Payout:
    payout = back(entry)
    payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT)
    payout.refresh_from_db()
    return payout


def standing(entry: BankEntry) -> tuple[str, Amount, Amount]:
    entry.refresh_from_db()
    return entry.state, -ledger.balance("unmatched:EUR"), -ledger.balance("returning:EUR")


NOTHING, ALL = Amount(0, "EUR"), Amount(12_500, "EUR")


def test_it_goes_to_the_account_it_came_from_with_the_reason_and_is_told_to_no_customer():
    entry = came()

    payout = sent(entry)

    assert standing(entry) == ("sent_back", NOTHING, ALL)
    assert "<Ustrd>Pagato per errore</Ustrd>" in payout.file.content
    assert f"<IBAN>{entry.iban}</IBAN>" in payout.file.content
    take(statement(Money(amount="125.00", credit=False, end_to_end=payout.end_to_end), name="out"))
    delivery.tell_untold(at=AT)
    assert (state(payout), standing(entry)) == ("paid", ("sent_back", NOTHING, NOTHING))
    assert books.differences() == []


def test_twice_is_once():
    entry = came()
    back(entry)

    with pytest.raises(NotMatchable):
        back(entry)

    assert standing(entry) == ("sent_back", NOTHING, ALL)
    assert Payout.objects.count() == 1


def test_matched_by_one_and_sent_back_by_others_at_once_it_goes_one_way(organization: Organization):
    entry = came()

    def act(place: int) -> str:
        if place % 2:
            return back(entry) and "back"
        with transaction.as_staff():
            matching.confirm(entry_id=entry.pk, text=organization.public_id, actor=NORA, at=AT)
        return "matched"

    outcomes = at_once(8, act)

    assert outcomes.count("entry_not_matchable") == 7
    delivery.tell_untold(at=AT)
    assert books.differences() == []


def test_above_the_limit_two_people_let_it_go():
    payout = back(came("1000.01"))

    payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    assert state(payout) == "waiting"
    with pytest.raises(ReleasedBefore):
        payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
    payouts.release(payout_id=payout.pk, actor=OTTO, at=AT)

    assert state(payout) == "released"


@pytest.mark.parametrize("iban", ["", "GB00NOPE"])
def test_without_an_account_it_came_from_it_stays(iban):
    entry = came(iban=iban)

    with pytest.raises(NoWayBack):
        back(entry)
    with pytest.raises(ReasonMissing):
        back(entry, " ")

    assert standing(entry) == ("unmatched", ALL, NOTHING)


def test_refused_rejected_or_returned_it_is_unmatched_again_and_may_go_again():
    entry = came()
    refused = back(entry)
    payouts.refuse(payout_id=refused.pk, reason="Doch ein Kunde", actor=OTTO, at=AT)
    assert standing(entry) == ("unmatched", ALL, NOTHING)

    rejected = sent(entry)
    take(status_report(rejected, "RJCT", "AC04"))
    assert (state(rejected), standing(entry)) == ("rejected", ("unmatched", ALL, NOTHING))

    returned = sent(entry)
    take(statement(Money(amount="125.00", end_to_end=returned.end_to_end, return_reason="AC04"), name="back"))
    assert (state(returned), standing(entry)) == ("returned", ("unmatched", ALL, NOTHING))
    assert books.differences() == []


STEPS = ["back", "release", "refuse", "file", "paid", "reject", "match", "aside"]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS), max_size=9))
def test_whatever_is_done_with_it_the_books_agree(organization: Organization, steps: list[str]):
    with transaction.atomic():
        entry = came()
        for step in steps:
            payout = Payout.objects.order_by("-pk").first()
            try:
                with transaction.atomic():
                    _do(step, entry, payout, organization)
            except Refusal:
                continue
            assert [*bank_books.unmatched_is_of_entries(), *bank_books.outgoing_is_of_payouts()] == []
        transaction.connection().set_rollback(True)


def _do(step: str, entry: BankEntry, payout: Payout | None, organization: Organization) -> None:
    match step:
        case "back":
            back(entry)
        case "match":
            matching.confirm(entry_id=entry.pk, text=organization.public_id, actor=NORA, at=AT)
        case "aside":
            matching.set_aside(entry_id=entry.pk, note="?", actor=NORA, at=AT)
        case "file":
            payment_files.make(currency="EUR", debtor=PROVIDER, actor=NORA, at=AT)
        case "release" if payout:
            payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
        case "refuse" if payout:
            payouts.refuse(payout_id=payout.pk, reason="-", actor=NORA, at=AT)
        case "paid" if payout:
            payouts.settle(payout_id=payout.pk, actor=NORA, at=AT)
        case "reject" if payout:
            payouts.fail(payout_id=payout.pk, reason="-", actor=NORA, at=AT)
