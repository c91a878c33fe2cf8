"""What will be charged, what a night would do, and what would happen to one organization."""

from __future__ import annotations

from decimal import Decimal

from plancia.billing.models import Invoice
from plancia.catalog.models import Plan
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox.models import Fact
from plancia.subscriptions import cancellation, discounts, forecast, simulation
from plancia.subscriptions.discounts import Promise, Reduction
from plancia.subscriptions.models import Attempt, Term
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def test_every_renewal_of_a_year_is_foretold(aurora: Organization, hosting: Plan) -> None:
    monthly, yearly = world.buy(aurora, hosting, months=1), world.buy(aurora, hosting, months=12, name="b.it")
    discounts.give(Promise(Reduction(Decimal(50), code="HALF"), 2, "prm_1"), monthly, at=MARCH)
    given_up = world.buy(aurora, hosting, name="c.it")
    cancellation.cancel(subscription_id=given_up.pk, reason="", actor=SYSTEM, at=MARCH)

    charges = forecast.charges(aurora, at=MARCH + days(1))

    nets = [charge.net.minor for charge in charges if charge.public_id == monthly.public_id]
    assert nets == [495, 495] + [990] * 10
    assert [charge.net.minor for charge in charges if charge.public_id == yearly.public_id] == [9900]
    assert {charge.public_id for charge in charges} == {monthly.public_id, yearly.public_id}


def test_months_hold_what_was_paid_and_what_comes(aurora: Organization, hosting: Plan) -> None:
    world.buy(aurora, hosting, months=12)
    at = MARCH + days(200)

    rows = forecast.months(aurora, forecast.charges(aurora, at=at), at=at)

    assert len(rows) == 25
    filled = {(row.month.year, row.month.month): row.total.minor for row in rows if row.total}
    assert filled == {(2026, 3): 9900, (2027, 3): 9900}


def test_a_dry_run_says_what_the_night_does_and_writes_nothing(aurora: Organization, hosting: Plan) -> None:
    by_hand = world.buy(aurora, hosting, name="a.it")
    world.buy(aurora, hosting, name="b.it", is_renewing=True)
    world.top_up(aurora, "500")
    at = by_hand.paid_until - days(6)
    before = (Invoice.objects.count(), Term.objects.count(), Fact.objects.count(), Attempt.objects.count())

    night = simulation.tonight(at=at)

    assert (night.offered, night.invoices, night.collected, night.reminded) == (2, 2, 1, 1)
    assert night.billed == [Money(19_800, "EUR")]
    assert night.taken == [Money(12_078, "EUR")]
    assert (Invoice.objects.count(), Term.objects.count(), Fact.objects.count(), Attempt.objects.count()) == before
    assert world.offer(at=at) == 2  # and the night does it
    assert books.differences() == []


def test_an_organizations_clock_is_moved_and_nothing_happens(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, name="a.it")
    world.buy(aurora, hosting, name="b.it", is_renewing=True)
    world.top_up(aurora, "500")
    invoices = Invoice.objects.count()

    found = simulation.live_through(aurora, since=held.paid_until - days(35), until=held.paid_until + days(50))

    said = [str(happening.what) for happening in found]
    assert [said.count(word) for word in ("Renewal offered", "Collected", "Restricted", "Suspended", "Terminated")] == [
        2, 1, 1, 1, 1,
    ]  # fmt: skip
    assert said.count("Reminders") >= 2
    assert Invoice.objects.count() == invoices
    assert world.fresh(held).state == "active"
