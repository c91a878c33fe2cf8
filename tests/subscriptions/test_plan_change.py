"""Changing plan, quantity and frequency: what is shown is what is done, and no day is paid twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from plancia.billing import numbering
from plancia.billing.models import Invoice
from plancia.catalog.models import Edition, Plan, Price, ProductType
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.periods import months_after
from plancia.kernel.refusals import Refusal
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.provisioning.models import Resource
from plancia.subscriptions import cancellation, change_quotes, plan_change
from plancia.subscriptions.change_quotes import (
    BelowMinimum,
    NotChangeable,
    NothingChanges,
    PlanNotOffered,
    QuoteChanged,
    When,
    Wish,
)
from plancia.subscriptions.models import Change, Subscription, Term
from plancia.subscriptions.plan_change import NoChangeWaiting
from plancia.wallet import prepaid
from tests.subscriptions import world
from tests.subscriptions.world import LONG_AGO, days

NEW_YEAR = datetime(2025, 12, 31, 23, 0, tzinfo=UTC)  # midnight in Zurich
FIRST_OF_JUNE = datetime(2026, 5, 31, 22, 0, tzinfo=UTC)
FIRST_OF_DECEMBER = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)


@pytest.fixture
def better(hosting: Plan) -> Plan:
    """A plan of the same type that costs twice as much."""
    plan: Plan = Plan.objects.create(
        product_type=hosting.product_type, code="better", position=2, names={"en": "Better"}, max_quantity=100
    )
    for months, minor in {1: 1980, 3: 5800, 12: 19_800}.items():
        for currency in ("EUR", "CHF"):
            Price.objects.create(
                plan=plan, currency=currency, months=months, version=1, amount_minor=minor, valid_from=LONG_AGO
            )
    Edition.objects.create(number=2, imported_at=LONG_AGO, imported_by="a test", counts={})
    return plan


def wish(plan: str = "hosting-plan", months: int = 12, quantity: int = 1, when: When = When.NOW) -> Wish:
    return Wish(plan, months, quantity, when)


def change(held: Subscription, wanted: Wish, *, at: datetime) -> Change:
    """Ask for a quote, and carry it out as it is shown, paid from the prepaid account."""
    with transaction.as_staff(), facts.told_by_caller():
        made = change_quotes.quote(subscription_id=held.pk, wish=wanted, at=at)
        return plan_change.carry_out(
            shown=made.as_json, subscription_id=held.pk, wish=wanted, quoted_at=at, actor=SYSTEM, at=at
        )


def stretches(held: Subscription) -> list[tuple[str, str, int, int]]:
    """Return the terms that stand, in the provider's days, with what was billed and what was given back."""
    day = numbering.civil_date
    return [
        (day(one.starts_at).isoformat(), day(one.ends_at).isoformat(), one.net_minor, one.credited_minor)
        for one in world.terms(held)
    ]


# The guide's own example: a year paid on 1 January, and monthly from 1 June or from 1 December.


def test_yearly_to_monthly_in_june_waits_for_the_next_year_unless_told(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)

    change(held, wish(months=1, when=When.NEXT_TERM), at=FIRST_OF_JUNE)
    world.offer(at=datetime(2026, 12, 20, tzinfo=UTC))

    assert stretches(held) == [("2026-01-01", "2027-01-01", 9900, 0), ("2027-01-01", "2027-02-01", 990, 0)]
    assert Invoice.objects.filter(kind="credit_note").count() == 0


def test_yearly_to_monthly_now_in_june_gives_the_rest_of_the_year_back(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)

    change(held, wish(months=1), at=FIRST_OF_JUNE)
    world.set_up(at=FIRST_OF_JUNE)

    # 214 of 365 days of 99.00 are 58.04; with 22 % VAT 70.81 come back, of which the first month takes 12.08.
    assert stretches(held) == [("2026-01-01", "2026-06-01", 9900, 5804), ("2026-06-01", "2026-07-01", 990, 0)]
    assert prepaid.balance(aurora).minor == 7081 - 1208
    assert world.fresh(held).months == 1
    assert books.differences() == []


def test_yearly_to_monthly_now_in_december_gives_december_back(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)
    world.top_up(aurora, "10", at=NEW_YEAR)

    change(held, wish(months=1), at=FIRST_OF_DECEMBER)

    # 31 of 365 days of 99.00 are 8.41.
    assert stretches(held) == [("2026-01-01", "2026-12-01", 9900, 841), ("2026-12-01", "2027-01-01", 990, 0)]
    assert books.differences() == []


def test_a_better_plan_costs_the_difference_for_the_days_that_are_left(
    aurora: Organization, hosting: Plan, better: Plan
) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)
    world.top_up(aurora, "100", at=NEW_YEAR)

    change(held, wish("better"), at=FIRST_OF_JUNE)
    world.set_up(at=FIRST_OF_JUNE)

    assert stretches(held) == [("2026-01-01", "2026-06-01", 9900, 5804), ("2026-06-01", "2027-01-01", 11_609, 0)]
    assert prepaid.balance(aurora).minor == 10_000 + 7081 - 14_163
    assert world.fresh(held).plan_id == better.pk
    assert Resource.objects.get(subject=held.public_id).desired_specification["quantity"] == 1
    assert books.differences() == []


def test_up_and_down_and_cancelled_in_one_day_costs_nothing(aurora: Organization, hosting: Plan, better: Plan) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)
    world.top_up(aurora, "300", at=NEW_YEAR)
    noon = FIRST_OF_JUNE + timedelta(hours=12)

    change(held, wish("better", quantity=2), at=noon)
    change(held, wish(), at=noon + timedelta(hours=1))
    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=noon + timedelta(hours=2))
    world.set_up(at=noon + timedelta(hours=2))

    assert prepaid.balance(aurora).minor == 30_000
    assert world.fresh(held).paid_until == months_after(NEW_YEAR, 12)
    assert books.differences() == []


def test_what_is_paid_ahead_is_given_back_too(aurora: Organization, hosting: Plan, better: Plan) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)
    world.top_up(aurora, "1000", at=NEW_YEAR)
    world.offer(at=held.paid_until - days(25))
    world.pay(world.open_invoices(aurora)[0], at=held.paid_until - days(20))

    change(held, wish("better"), at=FIRST_OF_DECEMBER + days(20))
    again = world.fresh(held)

    assert again.paid_until == months_after(NEW_YEAR, 24)
    # 11 of 365 days and a whole year, at 198.00 a year.
    assert world.terms(held)[-1].net_minor == 20_397
    assert [term.credited_minor for term in world.terms(held)] == [298, 0]
    assert books.differences() == []


def test_a_change_waits_for_its_term_and_its_service_too(aurora: Organization, hosting: Plan, better: Plan) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)
    change(held, wish("better", quantity=3, when=When.NEXT_TERM), at=FIRST_OF_JUNE)
    world.offer(at=held.paid_until - days(20))
    world.pay(world.open_invoices(aurora)[0], at=held.paid_until - days(10))
    before = world.fresh(held)

    too_early = plan_change.apply_due(at=held.paid_until - days(1))
    in_time = plan_change.apply_due(at=held.paid_until)
    twice = plan_change.apply_due(at=held.paid_until)

    assert (before.plan_id, before.quantity, before.price.amount_minor) == (hosting.pk, 1, 9900)
    assert (too_early, in_time, twice) == (0, 1, 0)
    after = world.fresh(held)
    assert (after.plan_id, after.quantity, after.price.amount_minor) == (better.pk, 3, 19_800)
    assert world.terms(held)[-1].net_minor == 59_400
    assert Resource.objects.get(subject=held.public_id).desired_specification["quantity"] == 3
    assert books.differences() == []


def test_what_is_offered_already_is_offered_anew(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)
    world.offer(at=held.paid_until - days(20))

    change(held, wish(months=24, when=When.NEXT_TERM), at=held.paid_until - days(10))
    changed = [term.net_minor for term in world.terms(held)]
    with facts.told_by_caller():
        plan_change.take_back(subscription_id=held.pk, actor=SYSTEM, at=held.paid_until - days(9))

    assert changed == [9900, 19_000]
    assert [term.net_minor for term in world.terms(held)] == [9900, 9900]
    assert len(world.open_invoices(aurora)) == 1
    assert books.differences() == []


def test_a_change_is_taken_back_until_its_term_is_paid(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, at=NEW_YEAR)
    change(held, wish(months=1, when=When.NEXT_TERM), at=FIRST_OF_JUNE)
    plan_change.take_back(subscription_id=held.pk, actor=SYSTEM, at=FIRST_OF_JUNE)
    with pytest.raises(NoChangeWaiting):
        plan_change.take_back(subscription_id=held.pk, actor=SYSTEM, at=FIRST_OF_JUNE)
    change(held, wish(months=1, when=When.NEXT_TERM), at=FIRST_OF_JUNE)
    world.offer(at=held.paid_until - days(10))
    world.pay(world.open_invoices(aurora)[0], at=held.paid_until - days(9))

    with pytest.raises(NoChangeWaiting):
        plan_change.take_back(subscription_id=held.pk, actor=SYSTEM, at=held.paid_until - days(9))


@pytest.mark.parametrize("when", list(When))
def test_prices_that_moved_are_shown_again(aurora: Organization, hosting: Plan, when: When) -> None:
    held, wanted = world.buy(aurora, hosting, at=NEW_YEAR), wish(months=24, when=when)
    shown = change_quotes.quote(subscription_id=held.pk, wish=wanted, at=FIRST_OF_JUNE)
    minute = FIRST_OF_JUNE + timedelta(minutes=1)
    Price.objects.filter(plan=hosting, months=24).update(valid_until=minute)
    Price.objects.create(plan=hosting, currency="EUR", months=24, version=2, amount_minor=1, valid_from=minute)

    with pytest.raises(QuoteChanged):
        plan_change.carry_out(
            shown=shown.as_json, subscription_id=held.pk, wish=wanted, quoted_at=shown.at, actor=SYSTEM, at=minute
        )


def test_a_quote_is_carried_out_once(aurora: Organization, hosting: Plan) -> None:
    held, wanted = world.buy(aurora, hosting, at=NEW_YEAR), wish(months=1)
    shown = change_quotes.quote(subscription_id=held.pk, wish=wanted, at=FIRST_OF_JUNE)
    told: dict[str, Any] = {
        "shown": shown.as_json, "subscription_id": held.pk, "wish": wanted, "quoted_at": shown.at, "actor": SYSTEM,
    }  # fmt: skip
    plan_change.carry_out(**told, at=FIRST_OF_JUNE)
    balance = prepaid.balance(aurora)

    with pytest.raises(QuoteChanged):
        plan_change.carry_out(**told, at=FIRST_OF_JUNE)

    assert prepaid.balance(aurora) == balance
    assert len(world.terms(held)) == 2


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (wish(), NothingChanges),
        (wish("nothing"), PlanNotOffered),
        (wish(months=6), PlanNotOffered),
        (wish(quantity=101), PlanNotOffered),
        (wish(quantity=0), PlanNotOffered),
        (wish(months=1), BelowMinimum),
    ],
)
def test_what_is_not_sold_is_refused(aurora: Organization, hosting: Plan, wanted: Wish, refusal: type[Refusal]) -> None:
    ProductType.objects.update(minimums={"EUR": {"1": 1000}})
    held = world.buy(aurora, hosting, at=NEW_YEAR)

    with pytest.raises(refusal):
        change_quotes.quote(subscription_id=held.pk, wish=wanted, at=FIRST_OF_JUNE)


def test_a_minimum_is_reached_by_more_units(aurora: Organization, hosting: Plan) -> None:
    ProductType.objects.update(minimums={"EUR": {"1": 1000}})
    held = world.buy(aurora, hosting, at=NEW_YEAR, quantity=2)

    made = change_quotes.quote(subscription_id=held.pk, wish=wish(months=1, quantity=2), at=FIRST_OF_JUNE)

    assert made.net == Money(1980, "EUR")


def test_what_is_cancelled_or_unpaid_is_not_changed(aurora: Organization, hosting: Plan) -> None:
    held, other = world.buy(aurora, hosting, at=NEW_YEAR), world.buy(aurora, hosting, at=NEW_YEAR, name="b.it")
    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=FIRST_OF_JUNE)

    for one, at in ((held, FIRST_OF_JUNE), (other, other.paid_until)):
        with pytest.raises(NotChangeable):
            change_quotes.quote(subscription_id=one.pk, wish=wish(months=1), at=at)


moves = st.lists(
    st.tuples(
        st.sampled_from(["hosting-plan", "better"]),
        st.sampled_from([1, 3, 12]),
        st.integers(1, 3),
        st.sampled_from(list(When)),
        st.integers(0, 40),
        st.sampled_from(["change", "change", "change", "offer", "pay", "take back"]),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=moves, months=st.sampled_from([1, 3, 12]))
def test_whatever_changes_each_day_is_paid_once_at_the_price_it_ended_with(
    aurora: Organization, hosting: Plan, better: Plan, moves: list[Any], months: int
) -> None:
    world.top_up(aurora, "5000", at=NEW_YEAR)
    held, at = world.buy(aurora, hosting, months=months, at=NEW_YEAR), NEW_YEAR
    for plan, wanted_months, quantity, when, later, verb in moves:
        at += days(later) + timedelta(minutes=1)
        try:
            if verb == "change":
                change(held, wish(plan, wanted_months, quantity, when), at=at)
            elif verb == "take back":
                plan_change.take_back(subscription_id=held.pk, actor=SYSTEM, at=at)
            elif verb == "offer":
                world.offer(at=at)
            else:
                for invoice in world.open_invoices(aurora):
                    world.pay(invoice, at=at)
        except Refusal:
            pass
        with facts.told_by_caller():
            plan_change.apply_due(at=at)
    world.set_up(at=at)

    # Each day belongs to the term that has it when it ends, and costs that term's price by the day: so no day is paid
    # twice, whatever happened. A cent may be lost or won by rounding at each end of a term.
    terms = [term for term in world.terms(held) if term.paid_at]
    for term in terms:
        first, last = numbering.civil_date(term.starts_at), numbering.civil_date(term.ends_at)
        whole = Price.objects.get(pk=term.price_id).amount_minor * term.quantity
        longest, shortest = term.months * 31, term.months * 28
        nights = (last - first).days
        least, most = whole * nights / longest, whole * nights / shortest
        assert least - 2 <= term.net_minor - term.credited_minor <= most + 2
    assert prepaid.balance(aurora).minor >= 0
    assert books.differences() == []
    assert Term.objects.filter(subscription=held, paid_at=None, withdrawn_at=None).count() <= 1
