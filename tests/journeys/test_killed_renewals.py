"""Two renewal runs at the same time, killed at any moment, again and again: one invoice per product and term."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest
from django.db import connections

from plancia.billing.models import Invoice, Line
from plancia.catalog.models import Plan
from plancia.kernel import batches, transaction
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.subscriptions import renewal
from plancia.subscriptions.models import Term
from tests import people
from tests.subscriptions import world
from tests.subscriptions.world import days

pytestmark = pytest.mark.slow

#: More by hand: PLANCIA_KILLS=50.
KILLS = int(os.environ.get("PLANCIA_KILLS", "8"))


@pytest.fixture
def hosting(staff: None) -> Plan:
    return world.plan()


def _owner(number: int) -> Organization:
    person = people.person(f"o{number}@example.com")
    return people.company(person, f"O{number}", country="CH", city="Bern", postcode="3000", street="Gasse")


def _run(at) -> int:
    """Fork a process that offers what is due; return its number."""
    child = os.fork()
    if child == 0:
        try:
            with transaction.as_staff(), facts.told_by_caller():
                renewal.offer_due(at=at)
        finally:
            os._exit(0)
    return child


def test_whatever_is_killed_each_term_is_billed_once(hosting: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SIZE", 2)  # many small transactions, so that each may be the one that is killed
    chance = random.Random(4)
    owners = [_owner(number) for number in range(12)]
    held = [world.buy(owner, hosting, months=1, name=f"{number}.ch") for owner in owners for number in range(3)]
    at = held[0].paid_until - days(5)
    connections.close_all()

    for _ in range(KILLS):
        children = [_run(at) for _ in range(2)]
        time.sleep(chance.uniform(0.01, 0.25))  # the moment of the killing is the point
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    os.waitpid(_run(at), 0)

    with transaction.as_staff():
        assert Term.objects.filter(paid_at=None, withdrawn_at=None).count() == len(held)
        lines = Line.objects.filter(invoice__purpose=renewal.PURPOSE).values_list("subject", "starts_at")
        assert len(lines) == len(set(lines)) == len(held)
        assert Invoice.objects.filter(purpose=renewal.PURPOSE, lines=None).count() == 0
        assert books.differences() == []
