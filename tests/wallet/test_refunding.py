from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import books, queries
from plancia.ledger.posting import InsufficientFunds
from plancia.organizations.models import Organization
from plancia.outbox import delivery
from plancia.payments import charging, chart, transfers
from plancia.payments.models import Payment
from plancia.wallet import prepaid, refunding, topping_up
from plancia.wallet.models import Refund
from plancia.wallet.refunding import NotRefundable, RefundReasonMissing, RefundTooLarge
from tests.payments import stripe_double
from tests.payments.stripe_double import Stripe
from tests.racing import at_once

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
NORA = Actor(ActorKind.STAFF, "Nora", user_id=ids.new())


@pytest.fixture
def stripe(organization: Organization) -> Iterator[Stripe]:
    with stripe_double.running() as server:
        yield server


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def top_up(organization: Organization, stripe: Stripe, minor: int = 10_000) -> Payment:
    """Let money come by card, onto the prepaid account."""
    with tenancy.within(organization.pk):
        begun = topping_up.start(organization_id=organization.pk, amount=eur(minor), key=ids.new(), actor=SYSTEM, at=AT)
    reference = stripe.number("pi")
    stripe.intents[reference] = {"amount": minor, "currency": "eur"}
    with transaction.as_staff():
        payment = charging.succeed(payment_id=begun.payment_id, gateway_reference=reference, at=AT)
    delivery.tell_untold(at=AT)
    return payment


def refund(payment: Payment, minor: int, *, key: UUID | None = None, reason: str = "Given up") -> Refund:
    with transaction.as_staff():
        return refunding.ask(
            payment_id=payment.pk, amount=eur(minor), reason=reason, key=key or ids.new(), actor=NORA, at=AT
        )


def balance(organization: Organization) -> Money:
    with transaction.as_staff():
        return prepaid.balance(organization)


def state(one: Refund) -> str:
    with transaction.as_staff():
        one.refresh_from_db()
    return str(one.state)


def test_money_goes_back_to_the_card_it_came_from(organization, stripe):
    payment = top_up(organization, stripe)
    asked = refund(payment, 4000)
    assert balance(organization) == eur(6000)
    assert books.differences() == []

    assert refunding.ask_due(at=AT) == 1

    assert state(asked) == "done"
    assert [one["amount"] for one in stripe.refunds.values()] == [4000]
    with transaction.as_staff():
        assert queries.balance(chart.clearing("stripe", "EUR")) == eur(6000)
    assert refunding.ask_due(at=AT + timedelta(days=1)) == 0
    assert books.differences() == []


def test_what_the_gateway_refuses_is_on_the_account_again(organization, stripe):
    payment = top_up(organization, stripe)
    asked = refund(payment, 4000)
    stripe.intents.clear()

    refunding.ask_due(at=AT)

    assert (state(asked), asked.failure_code) == ("failed", "charge_already_refunded")
    assert balance(organization) == eur(10_000)
    assert refund(payment, 10_000).amount == eur(10_000)
    assert books.differences() == []


def test_what_is_not_decided_is_asked_about_later(organization, stripe):
    asked = refund(top_up(organization, stripe), 4)

    refunding.ask_due(at=AT)
    assert (state(asked), bool(asked.gateway_reference)) == ("pending", True)
    refunding.ask_due(at=AT + timedelta(hours=2))

    assert state(asked) == "done"
    assert len(stripe.refunds) == 1


def test_an_outage_refunds_later_and_once(organization, stripe):
    asked = refund(top_up(organization, stripe), 4000)
    stripe.is_out_of_order = True
    refunding.ask_due(at=AT)
    stripe.is_out_of_order = False

    refunding.ask_due(at=AT + refunding.LEASE)

    assert state(asked) == "done"
    assert len(stripe.refunds) == 1


def test_no_more_goes_back_than_came_nor_than_is_there(organization, stripe):
    payment = top_up(organization, stripe)
    refund(payment, 6000)

    with pytest.raises(RefundTooLarge):
        refund(payment, 4001)
    with pytest.raises(RefundTooLarge):
        refund(payment, 0)
    with transaction.as_staff():
        prepaid.spend(organization_id=organization.pk, purpose="x", amount=eur(3000), actor=SYSTEM, at=AT)
    with pytest.raises(InsufficientFunds):
        refund(payment, 2000)
    with pytest.raises(RefundReasonMissing):
        refund(payment, 500, reason=" ")


def test_a_transfer_does_not_go_back_by_itself(organization):
    with transaction.as_staff():
        payment = transfers.record(
            organization_id=organization.pk, purpose="x", amount=eur(100), bank_reference="b", actor=SYSTEM, at=AT
        )

    with pytest.raises(NotRefundable):
        refund(payment, 100)


def test_the_same_key_is_one_refund_and_eight_at_once_stay_within_the_payment(organization, stripe):
    payment = top_up(organization, stripe)
    top_up(organization, stripe, 50_000)
    key = ids.new()
    assert refund(payment, 1000, key=key) == refund(payment, 1000, key=key)

    outcomes = at_once(8, lambda _: refund(payment, 3000) and "asked")
    at_once(4, lambda _: str(refunding.ask_due(at=AT)))

    assert outcomes == ["asked"] * 3 + ["refund_too_large"] * 5
    assert sum(one["amount"] for one in stripe.refunds.values()) == 10_000
    assert books.differences() == []


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["refund", "ask", "spend"]), st.integers(1, 9000)), max_size=8))
def test_whatever_is_refunded_nothing_is_lost(organization, stripe, deeds):
    payment, before = top_up(organization, stripe), balance(organization)
    gone = 0
    for deed, minor in deeds:
        try:
            if deed == "refund":
                refund(payment, minor)
                gone += minor
            elif deed == "ask":
                refunding.ask_due(at=AT)
            else:
                with transaction.as_staff():
                    prepaid.spend(
                        organization_id=organization.pk, purpose=str(ids.new()), amount=eur(minor), actor=SYSTEM, at=AT
                    )
                gone += minor
        except Refusal:
            continue
    refunding.ask_due(at=AT)

    assert before - balance(organization) == eur(gone)
    assert books.differences() == []
