"""kill -9 between any two steps of a callback, a bank's file and a payment file: nothing lost, nothing double."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from plancia.bank import importing, payment_files, payouts
from plancia.bank.models import BankEntry, BankFile, PaymentFile, Payout
from plancia.bank.payment_files import Debtor
from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.money import Money as Amount
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.payments import asking, callbacks, customer_references, transfers
from plancia.payments.gateways.protocol import Notification, Told
from plancia.payments.models import Callback, Payment
from plancia.wallet import prepaid, topping_up, withdrawing
from tests.bank.files import ACCOUNT, Money, statement
from tests.dying import die_before
from tests.payments import saved

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NORA = Actor(ActorKind.STAFF, "Nora", user_id=ids.new())
#: More statements than any of these takes.
MOST = 120


def balance(organization: Organization) -> Amount:
    with transaction.as_staff():
        return prepaid.balance(organization)


def die_everywhere(act: Callable[[], object], check: Callable[[], None]) -> int:
    """Kill whoever does `act` before each of its statements in turn, until it lives; return how often it died."""
    for number in range(1, MOST):
        if not die_before(number, act):
            return number - 1
        check()
        if number % 8 == 0:
            assert books.differences() == []
    raise AssertionError("it never ends")


def test_a_gateways_callback(organization):
    with transaction.as_staff():
        begun = topping_up.start(
            organization_id=organization.pk, amount=Amount(5000, "EUR"), key=ids.new(), actor=SYSTEM, at=AT
        )
    told = Notification(
        event="msg_1",
        told=Told.SUCCEEDED,
        payment=begun.payment.public_id,
        reference="reh_1",
        amount=Amount(5000, "EUR"),
        code="",
        payload={},
    )

    def receive() -> None:
        callbacks.receive("rehearsal", told, at=AT)
        delivery.tell_untold(at=AT)

    def check() -> None:
        assert balance(organization) in (Amount(0, "EUR"), Amount(5000, "EUR"))

    assert die_everywhere(receive, check) > 10
    with transaction.as_staff():
        assert Callback.objects.count() == Payment.objects.count() == 1
    assert balance(organization) == Amount(5000, "EUR")
    assert books.differences() == []


def test_a_saved_card_that_is_charged(organization):
    card = saved.card(organization, at=AT)
    with transaction.as_staff():
        topping_up.start(
            organization_id=organization.pk,
            amount=Amount(5000, "EUR"),
            key=ids.new(),
            profile_id=card.pk,
            actor=SYSTEM,
            at=AT,
        )
    later = iter(range(1, MOST))

    with saved.gateway() as gateway:

        def ask() -> None:
            # Each comes when the lease of the one that was killed has run out.
            asking.ask_due(at=AT + asking.LEASE * tries[0])
            delivery.tell_untold(at=AT)

        tries = [0]

        def check() -> None:
            tries[0] = next(later)
            assert balance(organization) in (Amount(0, "EUR"), Amount(5000, "EUR"))

        assert die_everywhere(ask, check) > 5
        assert len(gateway.collected) == 1
    assert balance(organization) == Amount(5000, "EUR")
    assert books.differences() == []


def test_a_file_of_the_bank(organization):
    with transaction.as_staff():
        reference = customer_references.of(organization.pk, at=AT)
    content = statement(Money(amount="50.00", reference=reference), Money(amount="7.00", name="Nobody"))

    def take() -> None:
        with transaction.as_staff():
            importing.take(content=content, actor=SYSTEM, at=AT)
        delivery.tell_untold(at=AT)

    def check() -> None:
        with transaction.as_staff():
            assert BankEntry.objects.count() == 2 * BankFile.objects.count()

    assert die_everywhere(take, check) > 10
    with transaction.as_staff():
        assert (BankFile.objects.count(), BankEntry.objects.count(), Payment.objects.count()) == (1, 2, 1)
    assert balance(organization) == Amount(5000, "EUR")
    assert books.differences() == []


def test_a_withdrawal_and_its_payment_file(organization):
    with transaction.as_staff():
        transfers.record(
            organization_id=organization.pk,
            purpose=prepaid.top_up_purpose(organization.pk),
            amount=Amount(10_000, "EUR"),
            bank_reference="b",
            actor=SYSTEM,
            at=AT,
        )
    delivery.tell_untold(at=AT)
    key = ids.new()

    def withdraw() -> None:
        with transaction.as_staff():
            payout = withdrawing.ask(
                organization_id=organization.pk,
                amount=Amount(4000, "EUR"),
                destination=payouts.bank_account(iban="IT60X0542811101000000123456", holder="Aurora Srl"),
                key=key,
                actor=SYSTEM,
                at=AT,
            )
            if payout.state == "waiting":
                payouts.release(payout_id=payout.pk, actor=NORA, at=AT)
            if not PaymentFile.objects.exists():
                payment_files.make(currency="EUR", debtor=Debtor("Alpina", ACCOUNT), actor=NORA, at=AT)

    def check() -> None:
        with transaction.as_staff():
            assert PaymentFile.objects.count() == Payout.objects.filter(state="sent").count()

    assert die_everywhere(withdraw, check) > 10
    with transaction.as_staff():
        payout, file = Payout.objects.get(), PaymentFile.objects.get()
    assert (payout.state, payout.file_id, file.number) == ("sent", file.pk, 1)
    assert balance(organization) == Amount(6000, "EUR")
    assert books.differences() == []
