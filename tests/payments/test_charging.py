from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plancia.audit.models import Entry as TrailEntry
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.states import MoveRefused
from plancia.ledger import books, queries
from plancia.organizations.models import Organization
from plancia.outbox.models import Fact
from plancia.payments import charging, chart, gateways
from plancia.payments.charging import AlreadyPaid
from plancia.payments.models import Payment
from plancia.payments.receiving import AlreadyRecorded
from plancia.payments.states import PaymentState
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 3, 2, 9, 45, tzinfo=UTC)
PRICE = Money(4990, "EUR")


def start(organization: Organization, purpose: str = "ord_1") -> Payment:
    """Start a card payment as the web does."""
    with tenancy.within(organization.pk):
        return charging.start(organization_id=organization.pk, purpose=purpose, amount=PRICE, actor=SYSTEM, at=AT)


def incoming(organization: Organization) -> Money:
    with transaction.as_staff():
        return -queries.balance(chart.incoming(organization.public_id, "EUR"))


def names_of_facts() -> list[str]:
    return [name for name in Fact.objects.order_by("pk").values_list("name", flat=True) if name.startswith("payment.")]


def test_a_payment_that_was_started_is_no_money_yet(organization):
    payment = start(organization)

    assert (payment.state, payment.gateway, payment.gateway_reference) == ("pending", "rehearsal", None)
    assert incoming(organization) == Money.zero("EUR")


def test_a_payment_that_succeeds_is_booked_told_and_recorded(organization, superuser):
    payment = start(organization)

    with transaction.as_staff():
        charging.succeed(payment_id=payment.pk, gateway_reference="reh_1", at=LATER)

        assert queries.balance(chart.clearing("rehearsal", "EUR")) == PRICE
        assert names_of_facts() == ["payment.succeeded"]
        trail = TrailEntry.objects.filter(subject=payment.public_id).order_by("at")
        assert [entry.action for entry in trail] == ["payment.started", "payment.succeeded"]
        payment.refresh_from_db()
    assert (payment.state, payment.succeeded_at, payment.gateway_reference) == ("succeeded", LATER, "reh_1")
    assert incoming(organization) == PRICE
    assert books.differences() == []


def test_succeeding_twice_books_once(organization):
    payment = start(organization)

    with transaction.as_staff():
        charging.succeed(payment_id=payment.pk, gateway_reference="reh_1", at=LATER)
        again = charging.succeed(payment_id=payment.pk, gateway_reference="reh_1", at=LATER)

        assert again.pk == payment.pk
        assert names_of_facts() == ["payment.succeeded"]
    assert incoming(organization) == PRICE


def test_a_second_collection_for_one_payment_is_refused(organization):
    payment = start(organization)

    with transaction.as_staff():
        charging.succeed(payment_id=payment.pk, gateway_reference="reh_1", at=LATER)
        with pytest.raises(AlreadyPaid):
            charging.succeed(payment_id=payment.pk, gateway_reference="reh_2", at=LATER)

    assert incoming(organization) == PRICE


def test_one_collection_pays_one_payment(organization):
    one, other = start(organization), start(organization)

    with transaction.as_staff():
        charging.succeed(payment_id=one.pk, gateway_reference="reh_1", at=LATER)
        with pytest.raises(AlreadyRecorded):
            charging.succeed(payment_id=other.pk, gateway_reference="reh_1", at=LATER)

    assert incoming(organization) == PRICE


def test_a_payment_that_fails_says_why(organization):
    payment = start(organization)

    with transaction.as_staff():
        failed = charging.fail(payment_id=payment.pk, code="insufficient_funds", at=LATER)

        assert (failed.state, failed.failure_code, failed.ended_at) == ("failed", "insufficient_funds", LATER)
        assert names_of_facts() == ["payment.failed"]


def test_a_payment_that_succeeded_cannot_fail(organization):
    payment = start(organization)

    with transaction.as_staff():
        charging.succeed(payment_id=payment.pk, gateway_reference="reh_1", at=LATER)
        with pytest.raises(MoveRefused):
            charging.fail(payment_id=payment.pk, code="late", at=LATER)

    assert incoming(organization) == PRICE


@pytest.mark.parametrize("ending", ["failed", "cancelled"])
def test_money_that_comes_after_the_end_is_booked_all_the_same(organization, ending):
    payment = start(organization)

    with transaction.as_staff():
        if ending == "failed":
            charging.fail(payment_id=payment.pk, code="not_authenticated", at=AT)
        else:
            charging.cancel(payment_id=payment.pk, actor=SYSTEM, at=AT)
        paid = charging.succeed(payment_id=payment.pk, gateway_reference="reh_1", at=LATER)

    assert paid.state == PaymentState.SUCCEEDED
    assert incoming(organization) == PRICE
    assert books.differences() == []


def test_another_organization_sees_no_payment(organization):
    start(organization)

    with tenancy.within(ids.new()):
        assert not Payment.objects.exists()


def test_nothing_is_not_a_payment(organization):
    with pytest.raises(ValueError, match="more than nothing"), tenancy.within(organization.pk):
        charging.start(organization_id=organization.pk, purpose="ord_1", amount=Money.zero("EUR"), actor=SYSTEM, at=AT)


def test_without_a_gateway_no_card_payment_starts(organization, settings):
    settings.REHEARSAL_GATEWAY_URL = ""

    assert gateways.origins() == []
    with pytest.raises(gateways.NoSuchGateway):
        start(organization)


def test_twenty_tellings_at_once_book_once(organization):
    payment = start(organization)

    def tell(place: int) -> None:
        with transaction.as_staff():
            charging.succeed(payment_id=payment.pk, gateway_reference="reh_1", at=LATER)

    assert at_once(20, tell) == ["done"] * 20
    assert incoming(organization) == PRICE
    assert books.differences() == []
