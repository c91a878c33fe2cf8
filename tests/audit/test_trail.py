from __future__ import annotations

import threading
from datetime import UTC, datetime
from uuid import UUID

import psycopg
import pytest
from django.db import connections
from django.db.utils import ProgrammingError

from plancia.audit import trail
from plancia.audit.models import Chain, Entry, Link
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.money import Money

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
ADA = Actor(ActorKind.USER, "Ada Bianchi", user_id=ids.new(), ip="192.0.2.7")
MINE = ids.new()
ALTERED = "entry %s was altered or moved"


def keep(*actions: str, organization_id: UUID = MINE) -> None:
    """Record one entry after the other, each in its own transaction, as the web does."""
    for action in actions:
        with tenancy.within(organization_id):
            trail.record(ADA, action, "sub_1", organization_id=organization_id, at=AT, reason="because")


@pytest.fixture
def three(db, superuser) -> psycopg.Connection:
    """Three entries in the chain, and a connection that can change them."""
    keep("one", "two", "three")
    superuser.execute("set session_replication_role = replica")
    return superuser


def problems(organization_id: UUID = MINE) -> list[str]:
    with transaction.as_staff():
        return trail.check(organization_id)


def test_what_is_recorded_can_be_read(staff):
    trail.record(ADA, "order.placed", "ord_1", organization_id=MINE, at=AT, total=Money(1250, "CHF"), at_night=False)

    entry = Entry.objects.get()
    assert (entry.actor_kind, entry.actor_label, entry.actor_user_id, entry.ip) == (
        "user",
        "Ada Bianchi",
        ADA.user_id,
        "192.0.2.7",
    )
    assert (entry.action, entry.subject, entry.at) == ("order.placed", "ord_1", AT)
    assert entry.details == {"total": {"minor": 1250, "currency": "CHF"}, "at_night": False}


def test_a_trail_as_it_was_written_is_good(three):
    assert problems() == []
    with transaction.as_staff():
        assert list(Link.objects.order_by("sequence").values_list("sequence", flat=True)) == [1, 2, 3]


def test_an_organization_can_check_its_own_trail(three):
    with tenancy.within(MINE):
        assert trail.check(MINE) == []


def test_entries_of_one_transaction_are_chained_in_order(staff):
    with transaction.atomic():
        trail.record(SYSTEM, "one", "x", organization_id=MINE, at=AT)
        with transaction.atomic():
            trail.record(SYSTEM, "two", "x", organization_id=MINE, at=AT)
        assert trail.check(MINE) == []

    assert list(Link.objects.order_by("sequence").values_list("entry__action", flat=True)) == ["one", "two"]
    assert trail.check(MINE) == []


def test_a_rollback_leaves_no_gap(db):
    keep("one")
    with pytest.raises(ZeroDivisionError), tenancy.within(MINE):
        trail.record(ADA, "undone", "x", organization_id=MINE, at=AT)
        raise ZeroDivisionError
    keep("two")

    assert problems() == []
    with transaction.as_staff():
        assert Chain.objects.get().last_sequence == 2


def test_each_organization_has_its_own_chain(db):
    other = ids.new()
    keep("one", "two")
    keep("one", organization_id=other)

    assert problems() == problems(other) == []
    with transaction.as_staff():
        assert sorted(Chain.objects.values_list("last_sequence", flat=True)) == [1, 2]


def test_one_transaction_may_record_for_two_organizations(staff):
    other = ids.new()
    with transaction.atomic():
        trail.record(SYSTEM, "one", "x", organization_id=MINE, at=AT)
        trail.record(SYSTEM, "one", "x", organization_id=other, at=AT)

    assert problems() == problems(other) == []


def test_recording_for_another_organization_is_refused_by_the_database(db):
    with pytest.raises(ProgrammingError, match="row-level security"), tenancy.within(ids.new()):
        trail.record(ADA, "one", "x", organization_id=MINE, at=AT)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update audit_entry set actor_label = 'Eve' where action = 'two'", [ALTERED % 2]),
        ("update audit_entry set details = '{}' where action = 'two'", [ALTERED % 2]),
        (
            "update audit_entry set at = at + interval '1 microsecond'",
            [f"entry {n} was altered or moved" for n in (1, 2, 3)],
        ),
        ("delete from audit_entry where action = 'two'", ["entry 2 is missing"]),
        (
            "delete from audit_link where sequence = 2; delete from audit_entry where action = 'two'",
            [ALTERED % 3, "something is missing before entry 3"],
        ),
        (
            "delete from audit_link where sequence = 3; delete from audit_entry where action = 'three'",
            ["the chain should end with entry 3"],
        ),
        (
            "update audit_link set sequence = 9 where sequence = 1;"
            " update audit_link set sequence = 1 where sequence = 2;"
            " update audit_link set sequence = 2 where sequence = 9",
            [ALTERED % 1, ALTERED % 2, ALTERED % 3],
        ),
        ("delete from audit_chain", ["the chain should end with entry 0"]),
    ],
)
def test_what_is_changed_behind_the_databases_back_is_found(three, change, said):
    three.execute(change)

    assert problems() == said


def test_an_entry_slipped_in_behind_the_databases_back_is_found(three):
    entry = ids.new()
    three.execute(
        "insert into audit_entry (id, organization_id, at, actor_kind, actor_label, ip, action, subject, details)"
        " values (%s, %s, now(), 'user', 'Eve', '', 'slipped', 'x', '{}')",
        [entry, MINE],
    )

    assert problems() == [f"entry {ids.public('aud', entry)} has no place in the chain"]


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor_label = 'Eve'",
        "delete from audit_entry",
        "truncate audit_entry cascade",
        "update audit_link set hash = ''",
        "delete from audit_link",
        "update audit_chain set last_hash = ''",
        "delete from audit_chain",
        "insert into audit_link (id, organization_id, sequence, entry_id, hash)"
        " select gen_random_uuid(), organization_id, 9, id, '' from audit_entry limit 1",
    ],
)
def test_the_database_refuses_a_change_even_to_its_superuser(db, superuser, statement):
    keep("one")

    with pytest.raises(psycopg.errors.RestrictViolation):
        superuser.execute(statement)

    assert problems() == []


def test_many_at_once_are_chained_one_after_the_other(db):
    together = threading.Barrier(20)

    def act() -> None:
        together.wait()
        keep("one", "two")
        connections.close_all()

    threads = [threading.Thread(target=act) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems() == []
    with transaction.as_staff():
        assert Chain.objects.get().last_sequence == 40
