"""Charging saved cards at a gateway that is a stranger: over HTTP, with lost answers and killed workers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books, queries
from plancia.organizations.models import Organization
from plancia.outbox.models import Fact
from plancia.payments import asking, charging, chart, profiles
from plancia.payments.charging import AlreadyCharged
from plancia.payments.gateways import rehearsal
from plancia.payments.gateways.protocol import GatewayAway
from plancia.payments.models import Payment, Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.payments.rehearsal import Server
from tests.payments import saved
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = AT + asking.LEASE
PRICE = Money(4990, "EUR")


@pytest.fixture
def gateway(organization: Organization) -> Iterator[Server]:
    with saved.gateway() as server:
        yield server


def charge(profile: Profile, purpose: str = "inv_1") -> Payment:
    with tenancy.within(profile.organization_id):
        return charging.charge(profile_id=profile.pk, purpose=purpose, amount=PRICE, actor=SYSTEM, at=AT)


def incoming(organization: Organization) -> Money:
    with transaction.as_staff():
        return -queries.balance(chart.incoming(organization.public_id, "EUR"))


def state(payment: Payment) -> tuple[str, str]:
    with transaction.as_staff():
        payment.refresh_from_db()
    return payment.state, payment.failure_code


def test_a_saved_card_pays_without_its_owner(organization, gateway):
    payment = charge(saved.card(organization, at=AT))
    assert incoming(organization) == Money.zero("EUR")

    assert asking.ask_due(at=AT) == 1

    assert state(payment) == ("succeeded", "")
    assert incoming(organization) == PRICE
    assert books.differences() == []
    assert asking.ask_due(at=LATER) == 0


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [("save-declining", "insufficient_funds"), ("save-asking", "authentication_required")],
)
def test_a_card_that_does_not_pay_says_why_and_may_be_tried_again(organization, gateway, behaviour, code):
    profile = saved.card(organization, at=AT, behaviour=behaviour)
    payment = charge(profile)

    asking.ask_due(at=AT)

    assert state(payment) == ("failed", code)
    with transaction.as_staff():
        assert Fact.objects.get(name="payment.failed").payload["is_unattended"] is True
    assert charge(profile).pk != payment.pk


def test_a_purpose_is_charged_once(organization, gateway):
    profile = saved.card(organization, at=AT)
    charge(profile)

    with pytest.raises(AlreadyCharged):
        charge(profile)
    asking.ask_due(at=AT)
    with pytest.raises(AlreadyCharged):
        charge(profile)

    assert incoming(organization) == PRICE


def test_eight_who_charge_and_ask_at_once_collect_once(organization, gateway):
    cards = [saved.card(organization, at=AT), saved.card(organization, at=AT)]

    def try_it(place: int) -> str:
        try:
            charge(cards[place % 2])
        finally:
            asking.ask_due(at=AT)
        return "charged"

    outcomes = at_once(8, try_it)
    asking.ask_due(at=LATER)

    assert outcomes == ["already_charged"] * 7 + ["charged"]
    assert incoming(organization) == PRICE
    assert books.differences() == []


def test_whoever_is_killed_after_asking_leaves_it_to_the_next(organization, gateway, monkeypatch):
    payment = charge(saved.card(organization, at=AT))
    with monkeypatch.context() as killed:
        killed.setattr(asking, "_record", lambda *_args, **_more: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            asking.ask_due(at=AT)

    assert asking.ask_due(at=AT) == 0
    assert asking.ask_due(at=LATER) == 1
    assert state(payment) == ("succeeded", "")
    assert incoming(organization) == PRICE


def test_a_gateway_that_is_away_is_asked_again(organization, gateway, settings):
    payment = charge(saved.card(organization, at=AT))
    address = settings.REHEARSAL_GATEWAY_URL
    settings.REHEARSAL_GATEWAY_URL = "http://127.0.0.1:9"
    asking.ask_due(at=AT)
    assert state(payment) == ("pending", "")

    settings.REHEARSAL_GATEWAY_URL = address
    asking.ask_due(at=LATER)

    assert state(payment) == ("succeeded", "")


def test_a_question_that_nobody_signed_is_not_answered(organization, gateway, settings):
    profile = saved.card(organization, at=AT)
    payment = charge(profile)
    settings.REHEARSAL_GATEWAY_SECRET = "another"

    with pytest.raises(GatewayAway):
        rehearsal.charge(payment, profile, at=AT)
    assert not gateway.is_paid({"payment": payment.public_id})


def test_gateways_are_not_asked_inside_a_transaction(organization, gateway):
    with transaction.as_staff(), transaction.atomic(), pytest.raises(RuntimeError):
        asking.ask_due(at=AT)


def test_what_is_not_ready_is_not_charged(organization):
    with tenancy.within(organization.pk):
        started = profiles.start(organization_id=organization.pk, actor=SYSTEM, at=AT)
        with pytest.raises(NoSuchProfile):
            charging.charge(profile_id=started.pk, purpose="inv_1", amount=PRICE, actor=SYSTEM, at=AT)
        with pytest.raises(ValueError):
            charging.charge(
                profile_id=profiles.open_prepaid(organization_id=organization.pk, at=AT).pk,
                purpose="inv_1",
                amount=PRICE,
                actor=SYSTEM,
                at=AT,
            )
