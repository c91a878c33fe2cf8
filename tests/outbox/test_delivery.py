from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

import pytest
from django.db import connections

from plancia.kernel import ids, tenancy, transaction
from plancia.outbox import delivery, events, facts
from plancia.outbox.models import Fact, Telling

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sown(events.Event):
    name: ClassVar[str] = "test.sown"

    seeds: int


@dataclass(frozen=True, slots=True)
class Harvested(events.Event):
    name: ClassVar[str] = "test.harvested"


@pytest.fixture(autouse=True)
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody but the test handle facts."""
    monkeypatch.setattr(facts, "_handlers", {})


def sow(organization_id: UUID, seeds: int = 1) -> UUID:
    with tenancy.within(organization_id):
        facts.publish(Sown(organization_id=organization_id, happened_at=AT, seeds=seeds))
    with transaction.as_staff():
        return Fact.objects.get(organization_id=organization_id).pk


def test_a_handler_is_told_once(db):
    heard = []

    @facts.handles(Sown)
    def on_sown(event: Sown, *, at: datetime) -> None:
        heard.append((event.seeds, at))

    fact = sow(ids.new(), seeds=7)
    delivery.tell(fact, at=AT)
    delivery.tell(fact, at=AT)

    assert heard == [(7, AT)]
    with transaction.as_staff():
        assert Fact.objects.get().told_at == AT


def test_a_package_can_be_left_out(db):
    heard = []

    @facts.handles(Sown)
    def on_sown(event: Sown, *, at: datetime) -> None:
        heard.append(event.seeds)

    with facts.unheard_by(__name__):
        fact = sow(ids.new())
        delivery.tell_untold(at=AT)
    delivery.tell(fact, at=AT)

    assert heard == []


def test_a_handler_that_fails_keeps_no_other_from_being_told(db):
    heard = []
    is_broken = True

    @facts.handles(Sown)
    def on_sown(event: Sown, *, at: datetime) -> None:
        if is_broken:
            raise ZeroDivisionError

    @facts.handles(Sown)
    def on_sown_too(event: Sown, *, at: datetime) -> None:
        heard.append(event.seeds)

    fact = sow(ids.new())
    with pytest.raises(ExceptionGroup):
        delivery.tell(fact, at=AT)
    is_broken = False
    delivery.tell(fact, at=AT)

    assert heard == [1]
    with transaction.as_staff():
        assert Telling.objects.count() == 2


def test_what_a_failing_handler_wrote_is_undone(db):
    @facts.handles(Sown)
    def on_sown(event: Sown, *, at: datetime) -> None:
        facts.publish(Harvested(organization_id=event.organization_id, happened_at=at))
        raise ZeroDivisionError

    fact = sow(ids.new())
    with pytest.raises(ExceptionGroup):
        delivery.tell(fact, at=AT)

    with transaction.as_staff():
        assert [fact.name for fact in Fact.objects.all()] == ["test.sown"]
        assert not Telling.objects.exists()


def test_facts_that_handlers_publish_are_told_too(db):
    heard = []

    @facts.handles(Sown)
    def on_sown(event: Sown, *, at: datetime) -> None:
        facts.publish(Harvested(organization_id=event.organization_id, happened_at=at))

    @facts.handles(Harvested)
    def on_harvested(event: Harvested, *, at: datetime) -> None:
        heard.append(event)

    sow(ids.new())

    assert delivery.tell_untold(at=AT, limit=1) == 2
    assert len(heard) == 1


def test_telling_goes_on_after_a_failure_and_reports_it(db):
    heard = []

    @facts.handles(Sown)
    def on_sown(event: Sown, *, at: datetime) -> None:
        if event.seeds == 1:
            raise ZeroDivisionError
        heard.append(event.seeds)

    sow(ids.new(), seeds=1)
    sow(ids.new(), seeds=2)

    with pytest.raises(ExceptionGroup, match="1 facts"):
        delivery.tell_untold(at=AT, limit=1)

    assert heard == [2]


def test_handlers_are_told_as_staff(db):
    seen = []

    @facts.handles(Sown)
    def on_sown(event: Sown, *, at: datetime) -> None:
        seen.append(Fact.objects.count())

    fact = sow(ids.new())
    sow(ids.new())
    delivery.tell(fact, at=AT)

    assert seen == [2]


def test_two_deliveries_at_once_tell_it_once(db):
    heard = []
    together = threading.Barrier(4)

    @facts.handles(Sown)
    def on_sown(event: Sown, *, at: datetime) -> None:
        heard.append(event.seeds)

    fact = sow(ids.new())

    def deliver() -> None:
        together.wait()
        delivery.tell(fact, at=AT)
        connections.close_all()

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert heard == [1]
