from __future__ import annotations

from datetime import timedelta

from plancia.catalog.models import Plan
from plancia.kernel.actors import SYSTEM
from plancia.organizations.models import Organization
from plancia.subscriptions import cancellation, outlook, suspension
from plancia.subscriptions.models import Subscription
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def step(held: Subscription, *, after_end: float) -> tuple[timedelta, str]:
    """Return the next step at an instant, as days after the end of the paid time, and its first words."""
    at = held.paid_until + days(after_end)
    found = outlook.next_step(world.fresh(held), at=at)
    assert found.on is not None
    return found.on - held.paid_until, str(found.sentence)


def test_a_renewal_is_offered_then_due_then_enforced(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    assert step(held, after_end=-100) == (days(-30), "Its renewal is offered for payment.")
    world.offer(at=held.paid_until - days(20))
    assert step(held, after_end=-20) == (days(0), "Its renewal is to be paid by then.")
    assert step(held, after_end=1) == (days(7), "It is restricted, unless the renewal is paid.")
    suspension.enforce(at=held.paid_until + days(7))
    assert step(held, after_end=8) == (days(14), "It is suspended, unless the renewal is paid.")
    suspension.enforce(at=held.paid_until + days(14))
    assert step(held, after_end=15) == (
        days(44),
        "It ends and its data are deleted, unless the renewal is paid.",
    )


def test_what_renews_itself_says_when(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)

    assert step(held, after_end=-100) == (days(-14), "It renews by itself.")
    world.offer(at=held.paid_until - days(20))
    assert step(held, after_end=-20) == (days(-14), "Its renewal is collected.")
    assert step(held, after_end=-5) == (days(-4), "Its renewal is collected.")


def test_what_is_given_up_says_when_it_ends(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH)

    assert step(held, after_end=-3) == (days(0), "It ends, and its data are deleted.")


def test_what_has_ended_has_no_next_step(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH, when=cancellation.When.NOW)

    assert outlook.next_step(world.fresh(held), at=MARCH).on is None
