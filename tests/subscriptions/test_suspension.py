from __future__ import annotations

import pytest

from plancia.billing import settlement
from plancia.billing.models import Invoice
from plancia.catalog.models import Plan
from plancia.kernel.actors import SYSTEM
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments import transfers
from plancia.provisioning.models import Resource
from plancia.subscriptions import cancellation, suspension
from plancia.subscriptions.models import Subscription
from tests.subscriptions import world
from tests.subscriptions.world import CLERK, MARCH, days


def presence(held: Subscription) -> str:
    return str(Resource.objects.get(subject=held.public_id).observed_presence)


def late(held: Subscription, number: float) -> None:
    """Offer the renewal in time, and let `number` days pass after the end without money."""
    world.offer(at=held.paid_until - days(10))
    suspension.enforce(at=held.paid_until + days(number))
    world.set_up(at=held.paid_until + days(number))


@pytest.mark.parametrize(
    ("number", "state", "service"),
    [
        (6.9, "active", "running"),
        (7, "restricted", "running"),
        (13.9, "restricted", "running"),
        (14, "suspended", "suspended"),
        (43.9, "suspended", "suspended"),
        (44, "terminated", "absent"),
    ],
)
def test_what_stays_unpaid_follows_the_timeline(
    aurora: Organization, hosting: Plan, number: float, state: str, service: str
) -> None:
    held = world.buy(aurora, hosting)

    late(held, number)

    assert (world.fresh(held).state, presence(held)) == (state, service)


def test_enforcing_twice_moves_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(10))

    moved = [suspension.enforce(at=held.paid_until + days(number)) for number in (7, 7, 8, 14, 14, 44, 44)]

    assert moved == [1, 0, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("number", [2, 8, 20, 43])
def test_a_paid_invoice_heals_at_once(aurora: Organization, hosting: Plan, number: int) -> None:
    held = world.buy(aurora, hosting)
    late(held, number)

    world.pay(world.open_invoices(aurora)[0], at=held.paid_until + days(number))
    world.set_up(at=held.paid_until + days(number))

    healed = world.fresh(held)
    assert (healed.state, healed.reason, presence(held)) == ("active", "", "running")
    assert books.differences() == []


def test_what_ends_unpaid_owes_nothing(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    late(held, 50)

    assert world.fresh(held).reason == "expired"
    assert world.open_invoices(aurora) == []
    assert Invoice.objects.filter(kind="credit_note").count() == 1
    assert books.differences() == []


def test_the_rest_of_an_invoice_is_offered_anew_when_one_product_ends(aurora: Organization, hosting: Plan) -> None:
    early = world.buy(aurora, hosting, name="early.it")
    later = world.buy(aurora, hosting, name="later.it", at=MARCH + days(20))
    world.offer(at=later.paid_until - days(25))  # one invoice for both

    suspension.enforce(at=early.paid_until + days(44))

    (invoice,) = world.open_invoices(aurora)
    assert [line.subject for line in invoice.lines.all()] == [later.public_id]
    assert world.fresh(early).state == "terminated"
    assert books.differences() == []


def test_nobody_is_punished_for_an_offer_that_came_late(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    late_offer = held.paid_until + days(60)
    world.offer(at=late_offer)

    moved = [suspension.enforce(at=late_offer + days(number)) for number in (0, 6, 9)]

    assert moved == [0, 0, 1]
    assert world.fresh(held).state == "restricted"


def test_money_that_came_is_waited_for(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(10))
    (invoice,) = world.open_invoices(aurora)
    end = held.paid_until + days(44)
    with facts.told_by_caller():
        payment = transfers.record(
            organization_id=aurora.pk,
            purpose=invoice.public_id,
            amount=invoice.total,
            bank_reference="in the last minute",
            actor=CLERK,
            at=end,
        )
        settlement.receive(invoice_id=invoice.pk, payment=payment.public_id, amount=payment.amount, at=end)
        moved = suspension.enforce(at=end)
    world.set_up(at=end)

    assert moved == 0
    assert world.fresh(held).state == "active"


def test_what_is_given_up_ends_with_its_paid_time(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    cancellation.cancel(subscription_id=held.pk, reason="moving", actor=SYSTEM, at=MARCH + days(30))

    before = suspension.enforce(at=held.paid_until - days(1))
    then = suspension.enforce(at=held.paid_until)
    world.set_up(at=held.paid_until)

    ended = world.fresh(held)
    assert (before, then) == (0, 1)
    assert (ended.state, ended.reason, presence(held)) == ("terminated", "cancelled", "absent")


def test_a_product_that_is_not_offered_is_left_alone(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    assert suspension.enforce(at=held.paid_until + days(100)) == 0
