"""Staff's pages about terms: dry run, test clock, attempts and the timetable with its alarm."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from plancia.kernel import clock, transaction
from plancia.ops import timetable, watching
from plancia.outbox import rounds
from plancia.subscriptions import collection
from plancia.subscriptions.models import Term
from tests import people
from tests.subscriptions import world


@pytest.fixture
def nora(db) -> Client:
    client = Client()
    client.force_login(people.person("nora@provider.example", "Nora", "Keller", language="en", is_staff=True))
    return client


def test_a_dry_run_and_a_moved_clock_say_what_would_happen_and_write_nothing(nora: Client) -> None:
    now = clock.now()
    aurora = people.aurora(people.person("ada@aurora.example"))
    held = world.buy(aurora, world.plan(), at=now - timedelta(days=344), name="aurora.it", is_renewing=True)

    night = nora.get("/staff/dry-run/").content.decode()
    later = nora.get(
        f"/staff/organizations/{aurora.public_id}/clock/", {"on": (now + timedelta(days=90)).date().isoformat()}
    ).content.decode()

    assert "€99.00" in night and "aurora.it" in night
    assert "Terminated" in later
    with transaction.as_staff():
        assert Term.objects.filter(subscription=held).count() == 1


def test_an_attempt_that_failed_is_explained_to_staff(nora: Client) -> None:
    now = clock.now()
    aurora = people.aurora(people.person("ada@aurora.example"))
    world.buy(aurora, world.plan(), at=now - timedelta(days=360), name="aurora.it", is_renewing=True)
    world.offer(at=now)
    with transaction.as_staff():
        collection.collect_due(at=now)

    page = nora.get("/staff/attempts/?failed=1").content.decode()

    assert "The prepaid account did not have enough." in page


def test_the_timetable_shows_each_job_and_a_missed_one_raises_the_alarm_once(nora: Client, mailoutbox) -> None:
    cache.clear()
    page = nora.get("/staff/timetable/").content.decode()

    first, second = watching.watch(), watching.watch()

    assert all(entry.name in page for entry in timetable.TIMETABLE)
    assert "Missed" in page
    assert (first, second) == (len(timetable.TIMETABLE), 0)
    assert sum("offer-renewals was missed" in mail.subject for mail in mailoutbox) == 1


def test_a_job_that_began_in_time_is_not_missed() -> None:
    nightly = rounds.Round("offer-renewals", "15 1 * * *", "invoice what ends soon")
    noon = world.MARCH.replace(hour=12)

    assert not rounds.is_missed(nightly, noon.replace(hour=1, minute=16), at=noon)
    assert rounds.is_missed(nightly, noon - timedelta(days=1), at=noon)
    assert not rounds.is_missed(nightly, noon - timedelta(days=1), at=noon.replace(hour=1, minute=20))
