"""Two renewal runs at the same time, killed at any moment, again and again: one invoice and one payment per term."""

from __future__ import annotations

import itertools
import os
import random
import signal
from datetime import datetime

import pytest
from django.db import connections

from plancia.billing.models import Invoice, Line
from plancia.catalog.models import Plan
from plancia.kernel import batches, transaction
from plancia.ledger import books
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments.models import Payment
from plancia.subscriptions import collection, renewal
from plancia.subscriptions.models import Attempt, Term
from tests import people
from tests.subscriptions import world
from tests.subscriptions.world import days

pytestmark = pytest.mark.slow

#: More by hand: PLANCIA_KILLS=50.
KILLS = int(os.environ.get("PLANCIA_KILLS", "8"))
OWNERS, EACH = 12, 3


@pytest.fixture
def hosting(staff: None) -> Plan:
    return world.plan()


def _owner(number: int) -> Organization:
    person = people.person(f"o{number}@example.com")
    owner = people.company(person, f"O{number}", country="CH", city="Bern", postcode="3000", street="Gasse")
    world.top_up(owner, "100")
    return owner


def _run(at: datetime, *, tells_after: int = 0) -> tuple[int, int]:
    """
    Fork a process that offers and collects what is due; return its number, and a pipe.

    The pipe holds a byte once the process asks its database for the `tells_after`th time, and ends with the process.
    """
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        number = itertools.count(1)

        def count(execute, *query):
            if next(number) == tells_after:
                os.write(told, b".")
            return execute(*query)

        try:
            with transaction.as_staff(), facts.told_by_caller(), transaction.connection().execute_wrapper(count):
                renewal.offer_due(at=at)
                collection.collect_due(at=at)
        finally:
            os._exit(0)
    os.close(told)
    return child, heard


def _end(child: int, heard: int) -> None:
    os.waitpid(child, 0)
    os.close(heard)


def test_whatever_is_killed_each_term_is_billed_and_paid_once(hosting: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SIZE", 2)  # many small transactions, so that each may be the one that is killed
    chance = random.Random(4)
    owners = [_owner(number) for number in range(OWNERS)]
    held = [
        world.buy(owner, hosting, months=1, name=f"{number}.ch", is_renewing=True)
        for owner in owners
        for number in range(EACH)
    ]
    at = held[0].paid_until - days(5)
    connections.close_all()

    for _ in range(KILLS):
        runs = [_run(at, tells_after=chance.randrange(1, 60)) for _ in range(2)]
        os.read(runs[0][1], 1)  # the moment of the killing is the point
        for child, heard in runs:
            os.kill(child, signal.SIGKILL)
            _end(child, heard)
    _end(*_run(at))

    with transaction.as_staff():
        assert Term.objects.filter(paid_at=None, withdrawn_at=None).count() == len(held)
        lines = Line.objects.filter(invoice__purpose=renewal.PURPOSE).values_list("subject", "starts_at")
        assert len(lines) == len(set(lines)) == len(held)
        invoices = {one.public_id for one in Invoice.objects.filter(purpose=renewal.PURPOSE)}
        paid = list(Payment.objects.filter(purpose__in=invoices).values_list("purpose", flat=True))
        assert sorted(paid) == sorted(invoices)
        assert list(Attempt.objects.values_list("outcome", flat=True)) == ["paid"] * len(invoices)
        assert Invoice.objects.filter(purpose=renewal.PURPOSE, lines=None).count() == 0
        assert books.differences() == []
