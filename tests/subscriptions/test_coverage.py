"""Warning of renewals that the prepaid account will not cover: before they fail, once, and only where it matters."""

from __future__ import annotations

from datetime import datetime

import pytest

from plancia.catalog.models import Plan
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.notices.models import Message
from plancia.organizations.models import Organization
from plancia.outbox import delivery, facts
from plancia.outbox.models import Fact
from plancia.subscriptions import auto_renewal, collection, coverage
from plancia.subscriptions.models import Subscription
from tests.racing import at_once
from tests.subscriptions import world
from tests.subscriptions.test_collection import card
from tests.subscriptions.world import days


def warn(at: datetime) -> int:
    with facts.told_by_caller():
        done = coverage.warn_due(at=at)
        delivery.tell_untold(at=at)
    return done


def offered(organization: Organization, plan: Plan, *, name: str = "aurora.it") -> tuple[Subscription, datetime]:
    held = world.buy(organization, plan, is_renewing=True, name=name)
    offered_at = held.paid_until - days(30)
    world.offer(at=offered_at)
    return held, offered_at


def test_a_short_account_is_warned_of_once_by_mail(aurora: Organization, hosting: Plan) -> None:
    held, at = offered(aurora, hosting)
    world.top_up(aurora, "50", at=at)

    done = [warn(at + days(number)) for number in (0, 1, 2)]

    (mail,) = Message.objects.filter(reference__startswith="money_news")
    missing = world.open_invoices(aurora)[0].total - Money.of("50", "EUR")
    assert done == [1, 0, 0]
    assert f"{missing.decimal}" in mail.subject.replace(",", ".")
    assert "/accounting/prepaid/" in mail.text
    assert coverage.of(aurora, at=at).first_on == (held.paid_until - days(14)).date()


def test_what_is_missing_is_what_was_not_topped_up(aurora: Organization, hosting: Plan) -> None:
    _held, at = offered(aurora, hosting)
    total = world.open_invoices(aurora)[0].total

    world.top_up(aurora, str((total - Money(1, "EUR")).decimal), at=at)
    lacks_a_cent = coverage.of(aurora, at=at)
    world.top_up(aurora, "0.01", at=at)

    assert (lacks_a_cent.missing, lacks_a_cent.planned) == (Money(1, "EUR"), total)
    assert not coverage.of(aurora, at=at).missing
    assert warn(at) == 0


def test_a_renewal_that_is_offered_later_is_another_occasion(aurora: Organization, hosting: Plan) -> None:
    _held, at = offered(aurora, hosting)
    first = warn(at)
    late = world.buy(aurora, hosting, is_renewing=True, name="late.it", at=world.MARCH + days(10))
    world.offer(at=late.paid_until - days(30))

    again = [warn(late.paid_until - days(30)) for _run in range(2)]

    assert (first, again) == (1, [1, 0])
    assert Message.objects.filter(reference__startswith="money_news").count() == 2


def test_what_another_method_pays_or_the_customer_pays_herself_needs_no_prepaid_money(
    aurora: Organization, hosting: Plan
) -> None:
    held, at = offered(aurora, hosting)
    is_short = coverage.of(aurora, at=at).missing.is_positive

    auto_renewal.switch(subscription_ids=[held.pk], is_renewing=False, actor=SYSTEM, at=at)
    without_renewing = coverage.of(aurora, at=at)
    auto_renewal.switch(subscription_ids=[held.pk], is_renewing=True, actor=SYSTEM, at=at)
    card(aurora, is_default=True)

    assert is_short
    assert not without_renewing.planned
    assert not coverage.of(aurora, at=at).missing
    assert warn(at) == 0


def test_once_it_has_been_tried_the_attempt_speaks_for_itself(aurora: Organization, hosting: Plan) -> None:
    held, _at = offered(aurora, hosting)
    tried_at = held.paid_until - days(14)
    with facts.told_by_caller():
        collection.collect_due(at=tried_at)
        delivery.tell_untold(at=tried_at)

    assert warn(tried_at) == 0
    assert coverage.of(aurora, at=tried_at).missing.is_positive


@pytest.mark.django_db(transaction=True, databases=["default", "staff"])
def test_two_runs_at_once_warn_once(aurora: Organization, hosting: Plan) -> None:
    _held, at = offered(aurora, hosting)

    def run(_place: int) -> int:
        with transaction.as_staff():
            return coverage.warn_due(at=at)

    assert at_once(2, run) == ["1", "done"]
    with transaction.as_staff():
        assert Fact.objects.filter(name="prepaid.runs_short").count() == 1
