from __future__ import annotations

from plancia.kernel import clock
from plancia.provisioning import jobs
from tests.people import MORNING
from tests.provisioning.world import resource, want


def waiting(superuser) -> list[dict]:
    found = superuser.execute(
        "select args from procrastinate_jobs where queue_name = 'provisioning' and status = 'todo'"
    )
    return [args for (args,) in found]


def test_the_timetable_gives_each_driver_with_something_due_one_turn(organization, world, superuser):
    want(organization)
    want(organization, subject="sub_two")
    superuser.execute("delete from procrastinate_jobs")

    with clock.at(MORNING):
        jobs.reconcile()
        jobs.reconcile()

    assert waiting(superuser) == [{"driver": "world"}]


def test_with_nothing_due_there_is_no_turn(organization, superuser):
    with clock.at(MORNING):
        jobs.reconcile()

    assert waiting(superuser) == []


def test_a_turn_works_on_one_driver(organization, world):
    key = want(organization)
    other = want(organization, driver="rehearsal", subject="sub_two")

    with clock.at(MORNING):
        jobs.reconcile_driver("world")

    assert (resource(key).is_settled, resource(other).is_settled) == (True, False)
