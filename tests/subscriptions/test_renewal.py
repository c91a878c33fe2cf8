from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.billing.models import Invoice, Line
from plancia.catalog.models import Plan, Price
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.periods import months_after
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import cancellation, collection
from plancia.subscriptions.models import Subscription, Term
from plancia.wallet import prepaid
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def test_months_are_counted_from_the_anchor(aurora: Organization, hosting: Plan) -> None:
    last_of_january = datetime(2026, 1, 31, 8, 0, tzinfo=UTC)
    held = world.buy(aurora, hosting, months=1, at=last_of_january)

    for _ in range(3):
        end = world.fresh(held).paid_until
        world.offer(at=end - days(3))
        world.pay(world.open_invoices(aurora)[0], at=end - days(2))

    assert [(term.ends_at.month, term.ends_at.day) for term in world.terms(held)] == [
        (2, 28),
        (3, 31),
        (4, 30),
        (5, 31),
    ]


@pytest.mark.parametrize(("days_before", "offered"), [(31, 0), (30, 1), (1, 1), (-3, 1)])
def test_a_year_is_offered_a_month_ahead(aurora: Organization, hosting: Plan, days_before: int, offered: int) -> None:
    held = world.buy(aurora, hosting, months=12)

    assert world.offer(at=held.paid_until - days(days_before)) == offered


def test_a_month_is_offered_from_the_middle_of_the_one_before(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, months=1)

    too_early = world.offer(at=held.paid_until - days(16))
    in_time = world.offer(at=held.paid_until - days(15))

    assert (too_early, in_time) == (0, 1)


def test_offering_twice_is_offering_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, months=12)
    soon = held.paid_until - days(10)

    first, second = world.offer(at=soon), world.offer(at=soon + days(1))

    assert (first, second) == (1, 0)
    assert len(world.open_invoices(aurora)) == 1
    assert len(world.terms(held)) == 2


def test_two_who_offer_at_once_issue_one_invoice(aurora: Organization, hosting: Plan) -> None:
    held = [world.buy(aurora, hosting, months=12, name=f"site-{number}.it") for number in range(3)]
    soon = held[0].paid_until - days(10)

    def offer(_: int) -> int:
        try:
            return world.offer(at=soon)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        offered = list(threads.map(offer, range(4)))

    assert sum(offered) == 3
    assert len(world.open_invoices(aurora)) == 1
    assert all(len(world.terms(one)) == 2 for one in held)
    assert books.differences() == []


def test_products_of_an_organization_share_an_invoice(aurora: Organization, borea: Organization, hosting: Plan) -> None:
    held = [world.buy(aurora, hosting, name="a.it"), world.buy(aurora, hosting, name="b.it", at=MARCH + days(5))]
    world.buy(borea, hosting, name="c.ch")

    world.offer(at=held[0].paid_until - days(1))

    (invoice,) = world.open_invoices(aurora)
    subjects = list(Line.objects.filter(invoice=invoice).order_by("position").values_list("subject", flat=True))
    assert sorted(subjects) == sorted(one.public_id for one in held)
    assert len(world.open_invoices(borea)) == 1


def test_what_renews_itself_is_billed_apart(aurora: Organization, hosting: Plan) -> None:
    by_itself = world.buy(aurora, hosting, name="a.it", is_renewing=True)
    world.buy(aurora, hosting, name="b.it")

    world.offer(at=by_itself.paid_until - days(1))

    assert len(world.open_invoices(aurora)) == 2


def test_the_invoice_is_due_when_the_first_term_ends(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)

    world.offer(at=held.paid_until - days(20))

    assert world.open_invoices(aurora)[0].due_on == held.paid_until.date()


def test_what_costs_nothing_goes_on_without_an_invoice(aurora: Organization) -> None:
    mailbox = world.plan("mailbox", {12: 0})
    held = world.buy(aurora, mailbox)

    world.offer(at=held.paid_until - days(1))

    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert not Invoice.objects.exists()
    assert books.differences() == []


def test_a_renewal_costs_the_price_of_the_day(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, quantity=3)
    Price.objects.filter(plan=hosting, currency="EUR", months=12).update(valid_until=MARCH + days(30))
    raised = Price.objects.create(
        plan=hosting, currency="EUR", months=12, version=2, amount_minor=12_000, valid_from=MARCH + days(30)
    )

    world.offer(at=held.paid_until - days(1))
    world.pay(world.open_invoices(aurora)[0], at=held.paid_until)

    assert [term.net_minor for term in world.terms(held)] == [29_700, 36_000]
    assert world.fresh(held).price_id == raised.pk


def test_what_is_sold_no_more_renews_at_the_price_it_had(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    Price.objects.filter(plan=hosting).update(valid_until=MARCH + days(30))

    world.offer(at=held.paid_until - days(1))

    assert world.terms(held)[1].net_minor == 9900


def test_what_is_given_up_is_not_offered(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH + days(1))

    assert world.offer(at=held.paid_until - days(1)) == 0


def test_the_prepaid_account_pays_what_renews_itself(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)
    world.top_up(aurora, "500")
    world.offer(at=held.paid_until - days(30))

    too_early = collection.collect_due(at=held.paid_until - days(15))
    in_time = collection.collect_due(at=held.paid_until - days(14))
    world.set_up(at=held.paid_until - days(14))

    assert (too_early, in_time) == (0, 1)
    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert books.differences() == []


def test_collecting_twice_takes_the_money_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)
    world.top_up(aurora, "500")
    soon = held.paid_until - days(5)
    world.offer(at=soon)
    (invoice,) = world.open_invoices(aurora)

    first = collection.collect_due(at=soon)
    second = collection.collect_due(at=soon)  # the fact of the first is not told yet
    world.set_up(at=soon)
    third = collection.collect_due(at=soon)

    assert (first, second, third) == (1, 0, 0)
    assert prepaid.balance(aurora).minor == 50_000 - invoice.total_minor


def test_two_who_collect_at_once_take_the_money_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)
    world.top_up(aurora, "500")
    soon = held.paid_until - days(5)
    world.offer(at=soon)

    def collect(_: int) -> int:
        try:
            with transaction.as_staff(), facts.told_by_caller():
                return collection.collect_due(at=soon)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        collected = list(threads.map(collect, range(4)))
    world.set_up(at=soon)

    assert sum(collected) == 1
    assert world.fresh(held).paid_until == months_after(MARCH, 24)
    assert books.differences() == []


def test_a_short_balance_pays_nothing(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)
    world.top_up(aurora, "50")
    world.offer(at=held.paid_until - days(5))

    collected = collection.collect_due(at=held.paid_until - days(5))

    assert collected == 0
    assert prepaid.balance(aurora).minor == 5_000
    assert world.fresh(held).paid_until == held.paid_until


def test_what_does_not_renew_itself_takes_no_money(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.top_up(aurora, "500")
    world.offer(at=held.paid_until - days(5))

    assert collection.collect_due(at=held.paid_until) == 0


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    anchors=st.lists(
        st.tuples(
            st.integers(0, 90),
            st.sampled_from([1, 3, 12, 24, 36]),
            st.integers(1, 9),
        ),
        min_size=1,
        max_size=3,
    ),
    steps=st.lists(st.tuples(st.sampled_from(["offer", "pay", "both"]), st.integers(1, 70)), max_size=10),
)
def test_terms_tile_the_time_line_and_cost_what_was_billed(
    aurora: Organization,
    hosting: Plan,
    anchors: list[tuple[int, int, int]],
    steps: list[tuple[str, int]],
) -> None:
    before = set(Subscription.objects.values_list("pk", flat=True))
    now = datetime(2026, 4, 1, tzinfo=UTC)
    for number, (anchor, months, quantity) in enumerate(anchors):
        world.buy(
            aurora,
            hosting,
            months=months,
            quantity=quantity,
            name=f"{number}.it",
            at=datetime(2026, 1, 1, tzinfo=UTC) + days(anchor),
        )

    for step, wait in steps:
        now += days(wait)
        if step in ("offer", "both"):
            world.offer(at=now)
        if step in ("pay", "both") and (invoices := world.open_invoices(aurora)):
            world.pay(invoices[wait % len(invoices)], at=now)

    for held in Subscription.objects.exclude(pk__in=before):
        terms = world.terms(held)
        paid = [term for term in terms if term.paid_at]
        assert all(one.ends_at == other.starts_at for one, other in itertools.pairwise(terms))
        assert (paid[0].starts_at, paid[-1].ends_at) == (held.anchor_at, held.paid_until)
        assert held.paid_until == months_after(held.anchor_at, held.months * len(paid))
    paid_net = sum(Term.objects.exclude(paid_at=None).values_list("net_minor", flat=True))
    assert paid_net == sum(Invoice.objects.filter(state="paid").values_list("net_minor", flat=True))
    assert books.differences() == []
