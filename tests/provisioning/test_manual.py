from __future__ import annotations

import threading

import pytest
from django.db import connections

from plancia.audit.models import Entry
from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.provisioning import manual, reconciling
from plancia.provisioning.contents import typed
from plancia.provisioning.models import ManualTask
from plancia.provisioning.states import Presence
from tests.people import MORNING
from tests.provisioning.world import SECOND, SIZE, resource, settled, want

STELLA = Actor(ActorKind.STAFF, "Stella")


def tasks() -> list[ManualTask]:
    with transaction.as_staff():
        return list(ManualTask.objects.filter(done_at=None))


def wish(organization, presence=Presence.RUNNING, *, at=MORNING, **more):
    key = want(organization, presence, at=at, driver="manual", **more)
    reconciling.reconcile_due(at=at)
    return key


def done(at, **more):
    [task] = tasks()
    manual.finish(task_id=task.pk, actor=STELLA, at=at, **more)
    reconciling.reconcile_due(at=at)


def test_staff_make_a_service_and_the_customer_reads_what_they_wrote(organization):
    key = wish(organization)
    before = resource(key)

    done(MORNING + SECOND, facts={"rack": "B7"})

    after = resource(key)
    assert (before.is_settled, before.last_error, before.attempts) == (False, "", 0)
    assert (after.is_settled, after.observed_specification) == (True, {"rack": "B7"})
    assert settled() == ["running"]
    assert tasks() == []


def test_staff_list_what_is_in_a_service_and_what_went_with_it(organization):
    key = wish(organization)
    done(MORNING + SECOND, contents=typed("Website: aurora.example\n\n backup: nightly "))
    assert [(one["kind"], one["name"]) for one in resource(key).contents] == [
        ("website", "aurora.example"),
        ("backup", "nightly"),
    ]

    wish(organization, Presence.ABSENT, at=MORNING + 2 * SECOND)
    done(MORNING + 3 * SECOND, contents=typed("Rack B7: all of it"))

    after = resource(key)
    assert after.removed_at == MORNING + 3 * SECOND
    assert after.contents == [{"kind": "other", "name": "Rack B7: all of it"}]


def test_one_task_is_open_however_often_it_is_looked_at(organization):
    wish(organization)
    [first] = tasks()

    for seconds in range(10, 200, 10):
        reconciling.reconcile_due(at=MORNING + seconds * SECOND)

    assert [task.pk for task in tasks()] == [first.pk]


def test_another_size_is_another_task(organization):
    wish(organization)
    done(MORNING + SECOND)

    wish(organization, at=MORNING + 2 * SECOND, specification={"disk_gb": 40})

    [task] = tasks()
    assert (task.wanted_presence, task.wanted_specification) == ("running", {"disk_gb": 40})
    assert task.opened_at == MORNING + 2 * SECOND


def test_suspending_and_resuming_are_tasks_and_keep_the_facts(organization):
    key = wish(organization)
    done(MORNING + SECOND, facts={"rack": "B7"})

    wish(organization, Presence.SUSPENDED, at=MORNING + 2 * SECOND)
    done(MORNING + 3 * SECOND)
    wish(organization, Presence.RUNNING, at=MORNING + 4 * SECOND)
    done(MORNING + 5 * SECOND)

    assert settled() == ["running", "suspended", "running"]
    assert resource(key).observed_specification == {"rack": "B7"}


def test_a_wish_taken_back_before_anybody_did_it_withdraws_the_task(organization):
    key = wish(organization)

    wish(organization, Presence.ABSENT, at=MORNING + SECOND)

    assert tasks() == []
    assert resource(key).is_settled


def test_a_size_wished_and_unwished_leaves_no_task(organization):
    wish(organization)
    done(MORNING + SECOND)
    wish(organization, at=MORNING + 2 * SECOND, specification={"disk_gb": 40})

    wish(organization, at=MORNING + 3 * SECOND, specification=SIZE)

    assert tasks() == []


def test_what_is_suspended_before_it_is_made_keeps_its_task(organization):
    wish(organization, Presence.SUSPENDED)
    [first] = tasks()

    reconciling.reconcile_due(at=MORNING + 60 * SECOND)

    assert [(task.pk, task.wanted_presence) for task in tasks()] == [(first.pk, "running")]


def test_finishing_is_written_in_the_organizations_trail(organization):
    wish(organization)

    done(MORNING + SECOND)

    with transaction.as_staff():
        entry = Entry.objects.get(action="provisioning.task_finished")
    assert (entry.actor_label, entry.subject, entry.organization_id) == ("Stella", "sub_one", organization.pk)


def test_finishing_twice_is_refused(organization):
    wish(organization)
    [task] = tasks()
    manual.finish(task_id=task.pk, actor=STELLA, at=MORNING)

    with pytest.raises(manual.TaskDone):
        manual.finish(task_id=task.pk, actor=STELLA, at=MORNING)


def test_a_withdrawn_task_cannot_be_finished(organization):
    wish(organization)
    [task] = tasks()
    wish(organization, Presence.ABSENT, at=MORNING + SECOND)

    with pytest.raises(manual.TaskGone):
        manual.finish(task_id=task.pk, actor=STELLA, at=MORNING)


def test_finishing_at_once_is_done_once(organization):
    wish(organization)
    [task] = tasks()
    start = threading.Barrier(4)
    outcomes = []

    def run():
        start.wait()
        try:
            manual.finish(task_id=task.pk, actor=STELLA, at=MORNING)
            outcomes.append("done")
        except manual.TaskDone:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "refused", "refused", "refused"]
