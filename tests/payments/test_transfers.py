from __future__ import annotations

from datetime import UTC, datetime

import pytest

from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.ledger import books, queries
from plancia.organizations.models import Organization
from plancia.payments import chart, transfers
from plancia.payments.models import Payment
from plancia.payments.receiving import AlreadyRecorded
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
CARLA = Actor(ActorKind.STAFF, "Carla")


def record(organization: Organization, bank_reference: str = "2026-03-02/17", minor: int = 12_000) -> Payment:
    with transaction.as_staff():
        return transfers.record(
            organization_id=organization.pk,
            purpose="ord_1",
            amount=Money(minor, "EUR"),
            bank_reference=bank_reference,
            actor=CARLA,
            at=AT,
        )


def test_a_transfer_that_arrived_is_money(organization):
    payment = record(organization)

    assert (payment.method, payment.state, payment.succeeded_at) == ("transfer", "succeeded", AT)
    with transaction.as_staff():
        assert queries.balance(chart.bank("EUR")) == Money(12_000, "EUR")
        assert queries.balance(chart.incoming(organization.public_id, "EUR")) == Money(-12_000, "EUR")
    assert books.differences() == []


def test_recording_it_twice_is_refused(organization):
    record(organization)

    with pytest.raises(AlreadyRecorded, match="2026-03-02/17"):
        record(organization, bank_reference=" 2026-03-02/17 ")

    with transaction.as_staff():
        assert queries.balance(chart.bank("EUR")) == Money(12_000, "EUR")


def test_without_the_banks_reference_nothing_is_recorded(organization):
    with pytest.raises(transfers.ReferenceMissing):
        record(organization, bank_reference="  ")


def test_ten_clerks_at_once_record_it_once(organization):
    outcomes = at_once(10, lambda place: record(organization) and "recorded")

    assert outcomes == ["already_recorded"] * 9 + ["recorded"]
    with transaction.as_staff():
        assert queries.balance(chart.bank("EUR")) == Money(12_000, "EUR")
    assert books.differences() == []
