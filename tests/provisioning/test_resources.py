from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.forms.models import model_to_dict

from plancia.kernel import tenancy
from plancia.outbox import facts
from plancia.provisioning import resources
from plancia.provisioning.models import Resource
from plancia.provisioning.resources import Wish
from plancia.provisioning.states import Presence
from tests import people
from tests.people import MORNING
from tests.provisioning.world import SECOND, resource, want


def test_a_wish_is_due_at_once(organization):
    found = resource(want(organization))

    assert (found.desired_presence, found.is_settled, found.next_attempt_at, found.wish) == (
        "running",
        False,
        MORNING,
        1,
    )


def test_the_same_wish_again_changes_nothing(organization):
    key = want(organization)
    before = model_to_dict(resource(key))

    again = want(organization, at=MORNING + SECOND)

    assert again == key
    assert model_to_dict(resource(key)) == before


def test_another_wish_is_due_at_once_and_counted(organization):
    key = want(organization)

    want(organization, specification={"disk_gb": 40}, at=MORNING + SECOND)

    found = resource(key)
    assert (found.wish, found.next_attempt_at) == (2, MORNING + SECOND)
    assert found.desired_specification == {"disk_gb": 40}


def test_a_service_stays_with_the_driver_that_made_it(organization):
    key = want(organization, driver="world")

    want(organization, Presence.SUSPENDED, driver="manual")

    assert resource(key).driver == "world"


def test_nobody_wants_a_service_to_be_unknown(organization):
    with pytest.raises(ValueError, match="unknown"):
        want(organization, Presence.UNKNOWN)


def test_the_web_wants_for_its_organization_and_sees_no_other(organization):
    other = people.borea(people.person("bob@borea.example"))
    with tenancy.within(organization.pk):
        wish = Wish(
            organization_id=organization.pk,
            subject="sub_one",
            driver="rehearsal",
            presence=Presence.RUNNING,
            specification={},
        )
        resources.want([wish], at=MORNING)

    with tenancy.within(other.pk):
        seen = Resource.objects.count()

    assert seen == 0


def test_wanting_at_once_makes_one_resource(organization):
    start = threading.Barrier(4)
    failures = []

    def run():
        start.wait()
        try:
            want(organization)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert resource(want(organization)).wish == 1


def test_a_wish_asks_for_one_turn_of_its_driver_after_the_commit(organization, superuser):
    for subject in ("sub_one", "sub_two", "sub_three"):
        want(organization, subject=subject)

    jobs = superuser.execute(
        "select task_name, args, status from procrastinate_jobs where queue_name = 'provisioning'"
    ).fetchall()

    assert jobs == [("provisioning.reconcile_driver", {"driver": "world"}, "todo")]


def test_who_does_the_jobs_himself_gets_none(organization, superuser):
    with facts.told_by_caller():
        want(organization)

    assert superuser.execute("select 1 from procrastinate_jobs where queue_name = 'provisioning'").fetchall() == []
