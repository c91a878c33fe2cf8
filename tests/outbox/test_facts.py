from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

import pytest
from django.db.utils import ProgrammingError

from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.money import Money
from plancia.outbox import delivery, events, facts, jobs
from plancia.outbox.models import Fact, Telling

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Painted(events.Event):
    name: ClassVar[str] = "test.painted"

    wall: str
    colour: Colour
    price: Money
    on: date
    share: Decimal | None
    helpers: list[UUID]


@dataclass(frozen=True, slots=True)
class Dried(events.Event):
    name: ClassVar[str] = "test.dried"


def painted(organization_id: UUID | None, wall: str = "north") -> Painted:
    return Painted(
        organization_id=organization_id,
        happened_at=AT,
        wall=wall,
        colour=Colour.RED,
        price=Money(1250, "CHF"),
        on=date(2026, 3, 1),
        share=Decimal("0.125"),
        helpers=[organization_id] if organization_id else [],
    )


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[events.Event]:
    """What a handler of Painted has heard."""
    monkeypatch.setattr(facts, "_handlers", {})
    told: list[events.Event] = []

    @facts.handles(Painted)
    def on_painted(event: Painted, *, at: datetime) -> None:
        told.append(event)

    return told


def counts(superuser) -> tuple[int, int]:
    return superuser.execute(
        "select (select count(*) from outbox_fact), (select count(*) from procrastinate_jobs)"
    ).fetchone()


def test_an_event_survives_the_database(staff, heard):
    event = painted(ids.new())

    facts.publish(event)

    fact = Fact.objects.get()
    assert events.read(fact.name, fact.payload) == event


def test_publishing_writes_fact_and_job_as_app(db, heard, superuser):
    organization = ids.new()

    with tenancy.within(organization):
        facts.publish(painted(organization))

    assert counts(superuser) == (1, 1)


def test_publishing_writes_fact_and_job_as_staff(staff, heard, superuser):
    facts.publish(painted(ids.new()))

    assert counts(superuser) == (1, 1)


def test_a_rollback_leaves_neither_fact_nor_job_as_app(db, heard, superuser):
    organization = ids.new()

    with pytest.raises(ZeroDivisionError), tenancy.within(organization):
        facts.publish(painted(organization))
        raise ZeroDivisionError

    assert counts(superuser) == (0, 0)


def test_a_rollback_leaves_neither_fact_nor_job_as_staff(staff, heard, superuser):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        facts.publish(painted(ids.new()))
        raise ZeroDivisionError

    assert counts(superuser) == (0, 0)


def test_a_fact_of_no_organization_may_be_published_by_anybody(db, heard, superuser):
    facts.publish(painted(None))

    assert counts(superuser) == (1, 1)


def test_a_fact_for_another_organization_is_refused_by_the_database(db, heard):
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy.within(ids.new()):
        facts.publish(painted(ids.new()))


def test_a_fact_that_nobody_handles_needs_no_job(staff, heard, superuser):
    facts.publish(Dried(organization_id=ids.new(), happened_at=AT))

    assert counts(superuser) == (1, 0)
    assert delivery.tell_untold(at=AT) == 0


def test_a_caller_that_tells_by_itself_needs_no_jobs(staff, heard, superuser):
    with facts.told_by_caller():
        facts.publish(painted(ids.new()))

    assert counts(superuser) == (1, 0)
    assert delivery.tell_untold(at=AT) == 1


def test_the_job_tells_the_fact(db, heard, superuser):
    organization = ids.new()
    with tenancy.within(organization):
        facts.publish(painted(organization))
    name, arguments = superuser.execute("select task_name, args from procrastinate_jobs").fetchone()

    jobs.tell.func(**arguments)

    assert name == jobs.tell.name
    assert heard == [painted(organization)]


def test_two_events_cannot_share_a_name():
    with pytest.raises(TypeError, match=r"test\.painted"):

        class Other(events.Event):
            name = "test.painted"


def test_a_fact_of_a_forgotten_kind_is_a_defect(staff, heard):
    fact = Fact.objects.create(name="test.forgotten", payload={}, happened_at=AT)

    with pytest.raises(events.UnknownEvent):
        delivery.tell(fact.pk, at=AT)

    assert not Telling.objects.exists()
