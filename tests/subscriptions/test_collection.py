"""Collecting renewals: on schedule, from what was chosen, once, and with an answer to why it was not."""

from __future__ import annotations

from datetime import datetime

import pytest

from plancia.catalog.models import Plan
from plancia.kernel.actors import SYSTEM
from plancia.kernel.periods import months_after
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import delivery, facts
from plancia.outbox.models import Fact
from plancia.payments import charging, profiles
from plancia.payments.gateways.protocol import Means
from plancia.payments.models import Payment, Profile
from plancia.payments.profiles import NoSuchProfile
from plancia.subscriptions import auto_renewal, collection, renewal
from plancia.subscriptions.models import Attempt, Subscription
from plancia.subscriptions.timeline import timeline
from plancia.wallet import prepaid
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def card(organization: Organization, *, is_default: bool = False) -> Profile:
    made = profiles.start(organization_id=organization.pk, actor=SYSTEM, at=MARCH)
    means = Means(reference=f"pm_{made.pk.hex}", customer="cus_1", label="Visa", last_digits="4242", expires_on=None)
    made = profiles.save(profile_id=made.pk, means=means, at=MARCH)
    return profiles.make_default(profile_id=made.pk, actor=SYSTEM, at=MARCH) if is_default else made


def collect(at: datetime) -> int:
    with facts.told_by_caller():
        done = collection.collect_due(at=at)
        delivery.tell_untold(at=at)
    return done


def told() -> list[tuple[int, str]]:
    found = Fact.objects.filter(name="subscription.renewal_not_collected").order_by("happened_at", "pk")
    return [(fact.payload["number"], fact.payload["outcome"]) for fact in found]


def offered(organization: Organization, plan: Plan) -> Subscription:
    held = world.buy(organization, plan, is_renewing=True)
    world.offer(at=held.paid_until - days(30))
    return held


def test_what_is_not_there_is_tried_again_on_schedule_and_told_each_time(aurora: Organization, hosting: Plan) -> None:
    held = offered(aurora, hosting)
    end = held.paid_until

    done = [collect(end - days(14) + days(number)) for number in (0, 0.5, 4, 4.1, 7)]

    assert done == [0, 0, 0, 0, 0]
    assert told() == [(1, "no_funds"), (2, "no_funds"), (3, "no_funds")]
    rows = collection.attempts(held.pk)
    assert rows[0].next_at == end - days(4)
    assert all(row.is_failed for row in rows)


def test_money_that_comes_between_two_attempts_pays_at_once(aurora: Organization, hosting: Plan) -> None:
    held = offered(aurora, hosting)
    collect(held.paid_until - days(14))
    world.top_up(aurora, "500", at=held.paid_until - days(13))

    done = collect(held.paid_until - days(12.9))

    assert done == 1
    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert [row.is_failed for row in collection.attempts(held.pk)] == [False]
    assert books.differences() == []


def test_the_default_card_is_charged_once(aurora: Organization, hosting: Plan) -> None:
    profile = card(aurora, is_default=True)
    held = offered(aurora, hosting)
    soon = held.paid_until - days(14)

    first, second = collect(soon), collect(soon + days(0.1))
    payment = Payment.objects.get(profile=profile)
    with facts.told_by_caller():
        charging.succeed(payment_id=payment.pk, gateway_reference="ch_1", at=soon + days(0.2))
        delivery.tell_untold(at=soon + days(0.2))

    assert (first, second) == (1, 0)
    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert Attempt.objects.get().outcome == "paid"
    assert books.differences() == []


def test_a_declined_card_is_tried_again_and_prepaid_money_is_not_touched(aurora: Organization, hosting: Plan) -> None:
    world.top_up(aurora, "500")
    profile = card(aurora)
    held = offered(aurora, hosting)
    auto_renewal.switch(subscription_ids=[held.pk], is_renewing=True, profile_id=profile.pk, actor=SYSTEM, at=MARCH)
    soon = held.paid_until - days(14)
    collect(soon)
    with facts.told_by_caller():
        charging.fail(payment_id=Payment.objects.get(profile=profile).pk, code="insufficient_funds", at=soon)
        delivery.tell_untold(at=soon)

    too_early, in_time = collect(soon + days(3)), collect(soon + days(4))

    assert (too_early, in_time) == (0, 1)
    assert told() == [(1, "failed")]
    assert prepaid.balance(aurora).minor == 50_000


def test_a_profile_that_was_removed_is_told(aurora: Organization, hosting: Plan) -> None:
    profile = card(aurora)
    held = offered(aurora, hosting)
    auto_renewal.switch(subscription_ids=[held.pk], is_renewing=True, profile_id=profile.pk, actor=SYSTEM, at=MARCH)
    profiles.remove(profile_id=profile.pk, actor=SYSTEM, at=MARCH)

    collect(held.paid_until - days(14))

    assert told() == [(1, "no_profile")]


def test_nobody_elses_profile_is_chosen(aurora: Organization, borea: Organization, hosting: Plan) -> None:
    held, theirs = world.buy(aurora, hosting), card(borea)

    with pytest.raises(NoSuchProfile):
        auto_renewal.switch(subscription_ids=[held.pk], is_renewing=True, profile_id=theirs.pk, actor=SYSTEM, at=MARCH)


def test_what_is_offered_with_others_can_be_switched_and_is_collected(aurora: Organization, hosting: Plan) -> None:
    held, other = world.buy(aurora, hosting, name="a.it"), world.buy(aurora, hosting, name="b.it")
    world.top_up(aurora, "500")
    soon = held.paid_until - days(10)
    world.offer(at=soon)

    auto_renewal.switch(subscription_ids=[held.pk], is_renewing=True, actor=SYSTEM, at=soon)
    collect(soon)

    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert world.fresh(other).paid_until == months_after(MARCH, 12)
    assert books.differences() == []


def test_the_next_attempt_is_foretold(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)
    prospect = auto_renewal.prospect(world.fresh(held), at=MARCH)

    assert prospect.next_at == held.paid_until - days(14)
    assert prospect.total.minor == 12_078
    assert collection.next_attempt(held, timeline(aurora), at=held.paid_until - days(13)) == held.paid_until - days(10)


def test_an_organization_may_want_an_invoice_for_each_product(aurora: Organization, hosting: Plan) -> None:
    held = [world.buy(aurora, hosting, name=name) for name in ("a.it", "b.it")]
    auto_renewal.group(organization_id=aurora.pk, is_grouping=False, actor=SYSTEM, at=MARCH)

    world.offer(at=held[0].paid_until - days(5))

    assert len(world.open_invoices(aurora)) == 2


def test_progress_is_told(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    seen: list[tuple[int, int]] = []

    with facts.told_by_caller():
        renewal.offer_due(at=held.paid_until, progress=lambda done, all_: seen.append((done, all_)))

    assert seen == [(1, 1)]
