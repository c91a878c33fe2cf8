from __future__ import annotations

import pytest

from plancia.audit import trail
from plancia.catalog.models import Plan
from plancia.kernel.actors import SYSTEM
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.provisioning.models import Resource
from plancia.subscriptions import cancellation
from plancia.subscriptions.cancellation import NotCancellable, NotCancelled, When
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def test_a_product_that_is_given_up_runs_until_its_paid_time_ends(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)

    given_up = cancellation.cancel(subscription_id=held.pk, reason="too dear", actor=SYSTEM, at=MARCH + days(1))

    assert (given_up.state, given_up.is_renewing) == ("active", False)
    assert given_up.cancellations.get().effective_at == held.paid_until


def test_at_once_means_at_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    ended = cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH + days(1), when=When.NOW)
    world.set_up(at=MARCH + days(1))

    assert (ended.state, ended.reason, ended.terminated_at) == ("terminated", "cancelled", MARCH + days(1))
    assert Resource.objects.get(subject=held.public_id).observed_presence == "absent"
    assert trail.check(aurora.pk) == []


def test_a_product_is_given_up_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH)

    with pytest.raises(NotCancellable):
        cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH)

    assert held.cancellations.count() == 1


def test_giving_up_takes_the_offer_back_and_leaves_the_others(aurora: Organization, hosting: Plan) -> None:
    kept, dropped = (world.buy(aurora, hosting, name=name) for name in ("kept.it", "dropped.it"))
    soon = kept.paid_until - days(10)
    world.offer(at=soon)

    cancellation.cancel(subscription_id=dropped.pk, reason="", actor=SYSTEM, at=soon)
    world.set_up(at=soon)

    (invoice,) = world.open_invoices(aurora)
    assert [line.subject for line in invoice.lines.all()] == [kept.public_id]
    assert len(world.terms(dropped)) == 1
    assert books.differences() == []


def test_a_change_of_mind_brings_the_renewal_back(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    soon = held.paid_until - days(10)
    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH)
    before = world.offer(at=soon)

    cancellation.take_back(subscription_id=held.pk, actor=SYSTEM, at=MARCH + days(3))

    assert (before, world.offer(at=soon)) == (0, 1)


def test_what_was_not_given_up_cannot_be_taken_back(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    with pytest.raises(NotCancelled):
        cancellation.take_back(subscription_id=held.pk, actor=SYSTEM, at=MARCH)
