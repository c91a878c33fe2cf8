from __future__ import annotations

import pytest

from plancia.catalog.models import Plan, Price
from plancia.kernel.actors import SYSTEM
from plancia.kernel.periods import months_after
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.provisioning.models import RehearsalFault, Resource
from plancia.provisioning.states import Presence
from plancia.subscriptions import activation, auto_renewal
from plancia.subscriptions.activation import PriceOfAnotherPlan
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def test_a_product_runs_once_its_service_does(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    assert (held.state, held.reason, held.activated_at) == ("active", "", MARCH)
    assert (held.anchor_at, held.paid_until) == (MARCH, months_after(MARCH, 12))


def test_a_product_whose_service_fails_is_pending(aurora: Organization, hosting: Plan) -> None:
    RehearsalFault.objects.create(key="*", times=1, message="no room")
    held = world.buy(aurora, hosting)
    before = held.state

    world.set_up(at=MARCH + days(1))

    assert (before, world.fresh(held).state) == ("pending", "active")


def test_settling_twice_activates_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    activation.settle(subscription_id=held.pk, presence=Presence.RUNNING, at=MARCH + days(9))

    assert world.fresh(held).activated_at == MARCH


def test_the_service_is_told_what_was_bought(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, quantity=7, name="aurora.it")

    wanted = Resource.objects.get(subject=held.public_id).desired_specification

    assert (wanted["type"], wanted["name"], wanted["quantity"]) == ("hosting", "aurora.it", 7)


def test_a_price_of_another_plan_buys_nothing(aurora: Organization, hosting: Plan) -> None:
    other = world.plan("domain", {12: 100})
    price = Price.objects.get(plan=other, currency="EUR")

    with facts.told_by_caller(), pytest.raises(PriceOfAnotherPlan):
        activation.take(
            organization_id=aurora.pk,
            plan=hosting,
            price=price,
            months=12,
            quantity=1,
            choices={},
            name="aurora.it",
            at=MARCH,
        )


def test_auto_renewal_is_switched_for_what_goes_on(aurora: Organization, hosting: Plan) -> None:
    held = [world.buy(aurora, hosting, name=name) for name in ("a.it", "b.it")]

    changed = [
        auto_renewal.switch(
            subscription_ids=[one.pk for one in held], is_renewing=True, actor=SYSTEM, at=MARCH + days(number)
        )
        for number in (1, 2)
    ]

    assert changed == [2, 0]
    assert all(world.fresh(one).is_renewing for one in held)
