from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from plancia.kernel import transaction
from plancia.provisioning import reconciling
from plancia.provisioning.drivers import DriverFailed
from plancia.provisioning.states import Presence
from tests.people import MORNING
from tests.provisioning.world import SECOND, SIZE, resource, settled, want


def reconcile(at=MORNING, **arguments) -> int:
    return reconciling.reconcile_due(at=at, **arguments)


def fail(message="the server is down"):
    def before(verb, request):
        raise DriverFailed(message)

    return before


def go(presence, world, organization, at, **wish):
    key = want(organization, presence, at=at, **wish)
    world.calls.clear()
    reconcile(at)
    return resource(key)


def test_what_is_wanted_is_made_and_told(organization, world):
    key = want(organization)

    number = reconcile()

    found = resource(key)
    assert number == 1
    assert world.calls == ["create"]
    assert (found.is_settled, found.observed_presence, found.settled_at) == (True, "running", MORNING)
    assert found.observed_specification == {"ipv4": "192.0.2.7"}
    assert settled() == ["running"]


def test_what_is_settled_is_left_alone(organization, world):
    want(organization)
    reconcile()

    assert reconcile(MORNING + timedelta(days=9)) == 0
    assert settled() == ["running"]


def test_what_is_not_due_is_left_alone(organization, world):
    want(organization, at=MORNING + SECOND)

    assert reconcile(MORNING) == 0
    assert world.calls == []


def test_a_life_from_making_to_removing(organization, world):
    steps = [
        (Presence.RUNNING, {}, ["create"]),
        (Presence.SUSPENDED, {}, ["observe", "suspend"]),
        (Presence.RUNNING, {}, ["observe", "resume"]),
        (Presence.RUNNING, {"specification": {"disk_gb": 40}}, ["observe", "change"]),
        (Presence.ABSENT, {}, ["observe", "terminate"]),
        (Presence.RUNNING, {}, ["observe", "create"]),
    ]
    for number, (presence, wish, calls) in enumerate(steps):
        found = go(presence, world, organization, MORNING + number * SECOND, **wish)

        assert (world.calls, found.observed_presence, found.is_settled) == (calls, presence, True)
    assert settled() == [presence for presence, _wish, _calls in steps]


def test_a_size_wished_while_suspended_comes_on_resuming(organization, world):
    go(Presence.RUNNING, world, organization, MORNING)
    go(Presence.SUSPENDED, world, organization, MORNING + SECOND, specification={"disk_gb": 40})

    go(Presence.RUNNING, world, organization, MORNING + 2 * SECOND, specification={"disk_gb": 40})

    [service] = world.services.values()
    assert world.calls == ["observe", "resume", "change"]
    assert service.specification == {"disk_gb": 40}


def test_what_is_suspended_before_it_was_made_is_made_and_suspended(organization, world):
    found = go(Presence.SUSPENDED, world, organization, MORNING)

    assert world.calls == ["create", "suspend"]
    assert found.is_settled


def test_what_was_never_made_is_removed_all_the_same(organization, world):
    found = go(Presence.ABSENT, world, organization, MORNING)

    assert world.calls == ["terminate"]
    assert (found.is_settled, found.observed_presence) == (True, "absent")


def test_a_failure_is_written_down_and_tried_again_later_and_later(organization, world):
    key = want(organization)
    world.before = fail()
    at, waits = MORNING, []
    for attempt in range(1, 13):
        assert reconcile(at) == 1
        found = resource(key)
        waits.append(int((found.next_attempt_at - at).total_seconds()))
        assert reconcile(found.next_attempt_at - SECOND) == 0
        assert (found.attempts, found.last_error, found.is_settled) == (attempt, "the server is down", False)
        at = found.next_attempt_at

    assert waits == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    assert settled() == []


def test_success_forgets_the_failures(organization, world):
    key = want(organization)
    world.before = fail()
    reconcile()
    world.before = lambda verb, request: None

    reconcile(MORNING + 10 * SECOND)

    found = resource(key)
    assert (found.attempts, found.last_error, found.next_attempt_at, found.is_settled) == (0, "", None, True)


def test_a_defect_of_a_driver_is_a_failure_with_its_name(organization, world, caplog):
    key = want(organization)

    def before(verb, request):
        raise KeyError("no such field")

    world.before = before
    reconcile()

    assert resource(key).last_error == "KeyError: 'no such field'"
    assert "driver world failed" in caplog.text


def test_a_driver_that_is_not_installed_fails_and_delays_no_other(organization, world):
    missing = want(organization, driver="gone", subject="sub_missing")
    present = want(organization, subject="sub_present")

    assert reconcile() == 2
    assert "“gone” is not installed" in resource(missing).last_error
    assert resource(present).is_settled


def test_a_broken_service_delays_only_itself(organization, world):
    broken = want(organization, subject="sub_broken")
    others = [want(organization, subject=f"sub_{number}") for number in range(5)]

    def before(verb, request):
        if request.subject == "sub_broken":
            raise DriverFailed("no")

    world.before = before

    assert reconcile() == 6
    assert not resource(broken).is_settled
    assert all(resource(key).is_settled for key in others)


def test_a_driver_is_never_called_inside_a_transaction(organization, world):
    want(organization)
    seen = []
    world.before = lambda verb, request: seen.append(transaction.connection().in_atomic_block)

    reconcile()

    assert seen == [False]
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.as_staff(), transaction.atomic():
        reconcile()


def test_a_worker_killed_after_the_call_is_followed_by_another_when_its_lease_ends(organization, world):
    """kill -9 leaves no trace but the lease: so does an exception that nobody catches."""
    key = want(organization)

    class Killed(BaseException):
        pass

    def after(verb, request):
        raise Killed

    world.after = after
    with pytest.raises(Killed):
        reconcile()
    world.after = lambda verb, request: None

    assert reconcile(MORNING + reconciling.LEASE - SECOND) == 0
    assert reconcile(MORNING + reconciling.LEASE) == 1
    assert world.calls == ["create", "create"]
    assert len(world.services) == 1
    assert resource(key).is_settled
    assert settled() == ["running"]


def test_a_worker_that_outlives_its_lease_is_not_believed(organization, world):
    key = want(organization)
    late = MORNING + reconciling.LEASE

    def before(verb, request):
        world.before = lambda verb, request: None
        with transaction.as_staff():
            reconcile(late)
        raise DriverFailed("too late")

    world.before = before
    reconcile()

    found = resource(key)
    assert (found.is_settled, found.last_error, found.settled_at) == (True, "", late)
    assert settled() == ["running"]


def test_a_wish_that_changes_while_the_driver_works_is_not_lost(organization, world):
    key = want(organization)

    def before(verb, request):
        world.before = lambda verb, request: None
        want(organization, Presence.ABSENT, at=MORNING + SECOND)

    world.before = before
    reconcile()

    between = resource(key)
    assert (between.is_settled, between.observed_presence) == (False, "running")
    assert between.next_attempt_at == MORNING + SECOND
    assert settled() == []

    reconcile(MORNING + SECOND)

    assert (resource(key).is_settled, resource(key).observed_presence) == (True, "absent")
    assert settled() == ["absent"]


def test_a_wish_that_changes_there_and_back_while_the_driver_fails_is_due_at_once(organization, world):
    key = want(organization)

    def before(verb, request):
        want(organization, Presence.ABSENT, at=MORNING + SECOND)
        want(organization, Presence.RUNNING, at=MORNING + 2 * SECOND)
        raise DriverFailed("no")

    world.before = before
    reconcile()

    found = resource(key)
    assert (found.wish, found.attempts, found.last_error) == (3, 0, "")
    assert found.next_attempt_at == MORNING + 2 * SECOND


def test_reconcilers_at_once_call_the_driver_for_one_service_at_a_time(organization, world):
    keys = [want(organization, subject=f"sub_{number}") for number in range(12)]
    start = threading.Barrier(6)
    failures = []

    def run():
        start.wait()
        try:
            reconcile()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reconcile()

    assert failures == []
    assert world.most_at_once == 1
    assert sorted(world.calls) == ["create"] * 12
    assert all(resource(key).is_settled for key in keys)
    assert settled() == ["running"] * 12


def test_a_slow_service_keeps_no_other_from_being_made(organization, world):
    """One reconciler waits for its driver; another takes everything else up meanwhile."""
    slow = want(organization, subject="sub_0_slow")
    others = [want(organization, subject=f"sub_{number}") for number in range(1, 6)]
    is_called, may_go_on = threading.Event(), threading.Event()

    def before(verb, request):
        if request.subject == "sub_0_slow":
            is_called.set()
            assert may_go_on.wait(30)

    world.before = before

    def run():
        reconcile(limit=1)
        connections.close_all()

    waiting = threading.Thread(target=run)
    waiting.start()
    assert is_called.wait(30)
    number = reconcile()
    made = [resource(key).is_settled for key in [slow, *others]]
    may_go_on.set()
    waiting.join()

    assert number == 5
    assert made == [False, True, True, True, True, True]
    assert resource(slow).is_settled


def test_a_dead_driver_holds_few_workers(organization, world):
    """Of one driver only so many services are worked on at once; the rest wait, and other drivers' do not."""
    for number in range(reconciling.AT_ONCE + 2):
        want(organization, subject=f"sub_{number}")
    other = want(organization, driver="rehearsal", subject="sub_other")

    class Killed(BaseException):
        pass

    def before(verb, request):
        raise Killed

    world.before = before
    for _worker in range(reconciling.AT_ONCE):
        with pytest.raises(Killed):
            reconcile(driver="world")
    world.before = lambda verb, request: None

    assert reconcile(driver="world") == 0
    assert reconcile() == 1
    assert resource(other).is_settled


def test_what_comes_no_nearer_is_under_way_and_looked_at_ever_more_seldom(organization, world):
    key = want(organization)
    world.is_idle = True
    at, waits = MORNING, []
    for _look in range(40):
        assert reconcile(at) == 1
        found = resource(key)
        waits.append((found.next_attempt_at - at).total_seconds())
        at = found.next_attempt_at

    assert waits[0] == 5
    assert waits == sorted(waits)
    assert waits[-1] == 600
    assert (found.waiting_since, found.attempts, found.last_error, found.is_settled) == (MORNING, 0, "", False)
    assert settled() == []


def test_hurrying_a_failed_service_tries_it_now(organization, world):
    key = want(organization)
    world.before = fail()
    reconcile()
    world.before = lambda verb, request: None

    reconciling.hurry(resource_id=key, at=MORNING + SECOND)

    assert reconcile(MORNING + SECOND) == 1
    assert resource(key).is_settled


def test_hurrying_a_settled_service_mends_what_drifted(organization, world):
    key = want(organization)
    reconcile()
    world.services.clear()

    reconciling.hurry(resource_id=key, at=MORNING + SECOND)
    reconcile(MORNING + SECOND)

    assert world.services[resource(key).public_id].specification == SIZE


def test_a_long_error_is_cut(organization, world):
    key = want(organization)
    world.before = fail("x" * 5000)

    reconcile()

    assert len(resource(key).last_error) == 1000


def test_a_run_takes_up_no_more_than_its_limit(organization, world):
    for number in range(5):
        want(organization, subject=f"sub_{number}")

    assert [reconcile(limit=3), reconcile(limit=3), reconcile(limit=3)] == [3, 2, 0]
