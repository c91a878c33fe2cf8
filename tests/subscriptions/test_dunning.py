"""Reminders, promises and holidays: what follows an unpaid invoice, and when it does not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from plancia.bank.models import BankEntry, BankFile, Suggestion
from plancia.catalog.models import Plan
from plancia.kernel.actors import SYSTEM
from plancia.organizations.models import Organization
from plancia.outbox.models import Fact
from plancia.subscriptions import dunning, suspension, timeline
from plancia.subscriptions.dunning import NothingToPromise, PromisedBefore, PromiseTooLate
from plancia.subscriptions.states import SubscriptionState
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def reminded() -> list[int]:
    return [fact.payload["step"] for fact in Fact.objects.filter(name="invoice.reminded").order_by("happened_at", "pk")]


def test_an_open_invoice_is_reminded_of_once_a_step(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(20))
    end = held.paid_until

    counts = [dunning.remind_due(at=end + days(number)) for number in (-8, -7, -7, 0, 1, 5, 6)]

    assert counts == [0, 1, 0, 0, 1, 1, 0]
    assert reminded() == [-7, 1, 5]


def test_a_run_that_stood_still_reminds_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(20))

    counts = [dunning.remind_due(at=held.paid_until + days(number)) for number in (13, 14)]

    assert (counts, reminded()) == ([1, 0], [12])


def test_who_pays_by_herself_is_not_reminded_before(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, is_renewing=True)
    world.offer(at=held.paid_until - days(20))

    assert dunning.remind_due(at=held.paid_until - days(6)) == 0
    assert dunning.remind_due(at=held.paid_until + days(1)) == 1


def test_a_promise_holds_everything_off_once(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(20))
    (invoice,) = world.open_invoices(aurora)
    end = held.paid_until
    last = dunning.last_promise(invoice, at=end)

    for wrong in (end.date() - timedelta(days=1), last + timedelta(days=1)):
        with pytest.raises(PromiseTooLate):
            dunning.promise(invoice_id=invoice.pk, promised_on=wrong, actor=SYSTEM, at=end)
    dunning.promise(invoice_id=invoice.pk, promised_on=last, actor=SYSTEM, at=end)
    with pytest.raises(PromisedBefore):
        dunning.promise(invoice_id=invoice.pk, promised_on=last, actor=SYSTEM, at=end)

    assert last == (end + days(14)).date()
    assert [dunning.remind_due(at=end + days(number)) for number in (1, 13, 15)] == [0, 0, 1]
    assert [suspension.enforce(at=end + days(number)) for number in (8, 14, 15)] == [0, 0, 1]
    assert world.fresh(held).state == "suspended"  # what was due meanwhile is due now


def test_nothing_is_promised_for_what_is_paid(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(20))
    (invoice,) = world.open_invoices(aurora)
    world.pay(invoice, at=held.paid_until)

    with pytest.raises(NothingToPromise):
        dunning.promise(invoice_id=invoice.pk, promised_on=held.paid_until.date(), actor=SYSTEM, at=held.paid_until)


def test_the_steps_are_seen_beforehand(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(20))
    (invoice,) = world.open_invoices(aurora)

    steps = dunning.steps(invoice, at=held.paid_until)

    changing = [(step.on - held.paid_until).days for step in steps if step.changes_products]
    assert changing == [7, 14, 44]
    assert sum(step.is_next for step in steps) == 1
    assert [step.on for step in steps] == sorted(step.on for step in steps)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2027, 3, 26), False),  # Good Friday
        (date(2027, 3, 29), False),  # Easter Monday
        (date(2026, 4, 6), False),
        (date(2026, 5, 14), False),  # Ascension
        (date(2026, 12, 25), False),
        (date(2026, 8, 1), False),
        (date(2026, 3, 7), False),  # a Saturday
        (date(2026, 3, 9), True),
    ],
)
def test_holidays_of_the_provider(day: date, works: bool) -> None:
    assert timeline.timeline().holidays.contains(day) is not works


def test_nobody_is_restricted_on_a_holiday() -> None:
    friday_before_easter = datetime(2027, 3, 19, 22, 30, tzinfo=UTC)  # and seven days later it is Good Friday

    steps = dict(timeline.timeline().steps(friday_before_easter))

    # In the provider's zone, where summer begins on Easter Sunday.
    assert steps[SubscriptionState.RESTRICTED] == datetime(2027, 3, 30, 21, 30, tzinfo=UTC)


def test_timelines_differ_by_country_and_kind(tmp_path: Path, settings) -> None:
    bundled = Path(timeline.BUNDLED).read_text()
    more = '[[timeline]]\ncountry = "IT"\nsuspend = 20\n[[timeline]]\ncountry = "IT"\nkind = "person"\nsuspend = 25\n'
    (tmp_path / "mine.toml").write_text(bundled.replace("[holidays]", more + "[holidays]"))
    settings.DUNNING = str(tmp_path / "mine.toml")

    found = [
        timeline.of(country, kind).suspend for country, kind in (("CH", "company"), ("IT", "company"), ("IT", "person"))
    ]

    assert found == [14, 20, 25]
    assert timeline.of("CH", "public_body").terminate == 90


def test_money_that_nobody_matched_holds_everything_off(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(20))
    file = BankFile.objects.create(
        fingerprint="f", kind="camt.053.001.08", content=b"", entries_number=1, new_number=1, imported_at=MARCH,
        imported_by="Clara",
    )  # fmt: skip
    entry = BankEntry.objects.create(
        file=file, key="k", account="CH93", is_credit=True, amount_minor=100, currency="EUR", booked_on=MARCH.date()
    )
    Suggestion.objects.create(organization=aurora, entry=entry, purpose="p", label="l", why="name", rank=1)

    assert dunning.remind_due(at=held.paid_until + days(5)) == 0
    assert suspension.enforce(at=held.paid_until + days(20)) == 0
