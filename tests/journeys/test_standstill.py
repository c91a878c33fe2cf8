"""Three days without a single run, then one that is late: it does what three nights would have done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db.models import BooleanField, ExpressionWrapper, Q, Sum

from plancia.billing.models import Invoice, Line
from plancia.kernel import transaction
from plancia.ledger import books
from plancia.ledger.models import Entry
from plancia.outbox import delivery, facts
from plancia.payments.models import Payment
from plancia.provisioning.models import Resource
from plancia.subscriptions import cancellation, collection, dunning, plan_change, renewal, suspension
from plancia.subscriptions.models import Attempt, Reminder, Subscription, Term
from tests import people
from tests.subscriptions import world
from tests.subscriptions.world import days

pytestmark = pytest.mark.slow

#: A Tuesday, so that nothing waits for a day on which somebody works.
FIRST = datetime(2026, 4, 14, 5, 0, tzinfo=UTC)
NIGHTS = [FIRST + days(number) for number in range(3)]
#: Days on which products were bought that come, within the three nights, to each step of a term of a month.
BOUGHT = {
    "offered": [datetime(2026, 3, day, tzinfo=UTC) for day in (29, 31)],
    "collected": [datetime(2026, 3, day, tzinfo=UTC) for day in (28, 30)],
    "reminded": [datetime(2026, 3, day, tzinfo=UTC) for day in (13, 15)],
    "restricted": [datetime(2026, 3, day, tzinfo=UTC) for day in (7, 9)],
    "suspended": [datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2)],
    "terminated": [datetime(2026, 2, day, tzinfo=UTC) for day in (1, 3)],
    "given up": [datetime(2026, 3, day, tzinfo=UTC) for day in (14, 16)],
}


class _Undone(Exception):
    """Ends one of the two pasts."""


def _found() -> None:
    hosting = world.plan()
    for story, bought in BOUGHT.items():
        for place, at in enumerate(bought):
            person = people.person(f"{story.replace(' ', '-')}-{place}@example.com")
            owner = people.company(
                person, f"{story} {place}", country="CH", city="Bern", postcode="3000", street="Gasse"
            )
            if story == "collected":
                world.top_up(owner, "50", at=at)
            # Two that end together share an invoice.
            for name in ("a", "b") if story == "collected" else ("a",):
                held = world.buy(
                    owner, hosting, months=1, name=f"{story} {place}{name}", at=at, is_renewing=story == "collected"
                )
            if story == "given up":
                with transaction.as_staff(), facts.told_by_caller():
                    cancellation.cancel(subscription_id=held.pk, reason="", actor=world.CLERK, at=at)


def _night(at: datetime) -> None:
    with transaction.as_staff(), facts.told_by_caller():
        renewal.offer_due(at=at)
        collection.collect_due(at=at)
        delivery.tell_untold(at=at)
        dunning.remind_due(at=at)
        plan_change.apply_due(at=at)
        suspension.enforce(at=at)
        delivery.tell_untold(at=at)


def _rows() -> dict[str, list[Any]]:
    """What there is, but for keys and for when it was written down."""
    kept: dict[str, Any] = {
        "products": Subscription.objects.values_list("name", "state", "reason", "paid_until", "is_renewing"),
        "terms": Term.objects.annotate(
            is_paid=ExpressionWrapper(Q(paid_at__isnull=False), output_field=BooleanField())
        ).values_list("subscription__name", "starts_at", "ends_at", "net_minor", "is_paid"),
        "lines": Line.objects.values_list("description", "starts_at", "net_minor", "tax_minor", "invoice__kind"),
        "invoices": Invoice.objects.filter(kind="invoice").values_list(
            "organization__name", "state", "due_on", "total_minor"
        ),
        "credit notes": Invoice.objects.filter(kind="credit_note").values_list("organization__name", "total_minor"),
        "payments": Payment.objects.values_list("organization__name", "amount_minor", "method", "state"),
        "collected": Attempt.objects.filter(outcome="paid").values_list("organization__name", "number"),
        "reminders": Reminder.objects.values_list("organization__name", "step"),
        "services": Resource.objects.values_list("subject", "desired_presence"),
        "balances": Entry.objects.values_list("account__code").annotate(Sum("amount_minor")),
    }
    return {name: sorted(map(str, rows.order_by())) for name, rows in kept.items()}


def _past(live: Callable[[], None]) -> dict[str, list[Any]]:
    """Return what is there after `live`, and undo it."""
    seen: dict[str, list[Any]] = {}
    try:
        with transaction.as_staff(), transaction.atomic():
            live()
            seen |= _rows()
            raise _Undone
    except _Undone:
        return seen


def test_a_late_run_does_what_three_nights_would_have_done(staff: None) -> None:
    with facts.unheard_by("plancia.notices"):
        _found()
        for week in range(8, 0, -1):
            _night(FIRST - days(1 + 7 * (week - 1)))
    before = _past(lambda: None)

    punctual = _past(lambda: [_night(at) for at in NIGHTS] and None)
    late = _past(lambda: _night(NIGHTS[-1]))

    assert late == punctual
    # The three nights had something of everything to do.
    assert all(late[name] != before[name] for name in late)
    moved = set(late["products"]) - set(before["products"])
    for state in ("restricted", "suspended", "terminated"):
        assert sum(f"'{state}'" in row for row in moved) >= 2
    _night(NIGHTS[-1])
    with transaction.as_staff():
        assert _rows() == late
        assert books.differences() == []
