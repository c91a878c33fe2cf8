"""Years of a product, compared with a statement that an accountant can read, kept beside this test."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from plancia.billing import numbering
from plancia.catalog.models import Plan, Price
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.periods import months_after
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import delivery, facts
from plancia.subscriptions import cancellation, change_quotes, collection, plan_change, renewal, suspension
from plancia.subscriptions.change_quotes import When, Wish
from plancia.subscriptions.models import Subscription
from plancia.wallet import prepaid
from tests import people
from tests.subscriptions import world

STATEMENTS = tomllib.loads(Path(__file__).with_name("years.toml").read_text(encoding="utf-8"))
LIFE = [pytest.param(name, id=name) for name in STATEMENTS]


@pytest.fixture
def hosting(staff: None) -> Plan:
    return world.plan()


@pytest.fixture
def borea(staff: None) -> Organization:
    return people.borea(people.person("beat@borea.example"))


def midnight(day: date, hour: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=timezone.get_default_timezone())


def change(held: Subscription, said: dict[str, Any], *, at: datetime) -> None:
    present = world.fresh(held)
    wish = Wish(
        said.get("plan", present.plan.code),
        said.get("months", present.months),
        said.get("quantity", present.quantity),
        When(said["when"]),
    )
    made = change_quotes.quote(subscription_id=held.pk, wish=wish, at=at)
    with transaction.as_staff(), facts.told_by_caller():
        plan_change.carry_out(shown=made.as_json, subscription_id=held.pk, wish=wish, quoted_at=at, actor=SYSTEM, at=at)


def night(*, at: datetime) -> None:
    """Run the timetable of a night."""
    with transaction.as_staff(), facts.told_by_caller():
        renewal.offer_due(at=at)
        collection.collect_due(at=at)
        delivery.tell_untold(at=at)
        plan_change.apply_due(at=at)
        suspension.enforce(at=at)
        delivery.tell_untold(at=at)


@pytest.mark.parametrize("name", LIFE)
def test_a_life_is_what_its_statement_says(name: str, borea: Organization, hosting: Plan) -> None:
    life = STATEMENTS[name]
    start = midnight(life["starts_on"], life.get("hour", 0))
    world.top_up(borea, life.get("balance", "5000"), at=start)
    held = world.buy(borea, hosting, months=life["months"], at=start, is_renewing=True)
    happens: dict[date, list[dict[str, Any]]] = {}
    for said in life.get("happens", []):
        happens.setdefault(said["on"], []).append(said)
    day, paid_until = life["starts_on"], held.paid_until
    while day < life["until"]:
        day += timedelta(days=1)
        for said in happens.get(day, []):
            at = midnight(day, 12)
            if said["what"] == "change":
                change(held, said, at=at)
            elif said["what"] == "price":
                Price.objects.filter(plan=hosting, months=said["months"], valid_until=None).update(valid_until=at)
                for currency in ("EUR", "CHF"):
                    Price.objects.create(
                        plan=hosting, currency=currency, months=said["months"], version=2, amount_minor=said["minor"],
                        valid_from=at,
                    )  # fmt: skip
            else:
                with transaction.as_staff(), facts.told_by_caller():
                    cancellation.cancel(
                        subscription_id=held.pk, reason="", actor=SYSTEM, at=at, when=cancellation.When(said["when"])
                    )
                    delivery.tell_untold(at=at)
        # Nothing happens on most nights: those when a term is offered, collected or begun are lived through.
        left = (numbering.civil_date(paid_until) - day).days
        if day in happens or left in (0, 12, 14, 30) or (left < 0 and left % 30 == 0):
            night(at=midnight(day, 13))
            paid_until = world.fresh(held).paid_until

    found = [
        f"{numbering.civil_date(term.starts_at)} {numbering.civil_date(term.ends_at)} {term.net_minor / 100:9.2f}"
        f" {0 - term.credited_minor / 100:9.2f}"
        for term in world.terms(held)
        if term.paid_at
    ]
    assert found == [line.strip() for line in life["statement"].strip().splitlines()]
    assert books.differences() == []
    assert prepaid.balance(borea).minor >= 0


def test_yearly_to_monthly_on_each_day_of_the_year_charges_each_day_once(borea: Organization, hosting: Plan) -> None:
    """Without the database: for each day of a leap year and another, what is given back and what it was worth."""
    from plancia.kernel.money import Money
    from plancia.kernel.periods import Period
    from plancia.subscriptions import proration

    price = Money(9900, "CHF")
    for year in (2027, 2028):
        start = midnight(date(year, 1, 1))
        term, whole = Period(start, months_after(start, 12)), (date(year + 1, 1, 1) - date(year, 1, 1)).days
        for number in range(whole):
            day = date(year, 1, 1) + timedelta(days=number)
            share = proration.unused(term, midnight(day, 15))
            assert (share.days, share.of) == (whole - number, whole)
            used = price - price.times(share.fraction)
            assert abs(used.minor - 9900 * number / whole) <= 0.5
