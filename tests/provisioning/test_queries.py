from __future__ import annotations

from datetime import timedelta

from django.test.utils import CaptureQueriesContext

from plancia.kernel import tenancy, transaction
from plancia.provisioning import queries, reconciling
from plancia.provisioning.drivers import DriverFailed
from tests import people
from tests.people import MORNING
from tests.provisioning.world import SECOND, want

LATER = MORNING + queries.STUCK_AFTER


def stuck(at):
    with transaction.as_staff():
        return queries.stuck(at)


def test_a_service_is_shown_to_its_organization_alone(organization, world):
    want(organization)
    reconciling.reconcile_due(at=MORNING)
    other = people.borea(people.person("bob@borea.example"))

    with tenancy.within(organization.pk):
        row = queries.resource_of("sub_one")
    with tenancy.within(other.pk):
        hidden = queries.resource_of("sub_one")

    assert (row.observed, row.is_settled, row.facts) == ("running", True, {"ipv4": "192.0.2.7"})
    assert hidden is None


def test_what_fails_three_times_is_stuck_with_the_drivers_reason(organization, world):
    want(organization)

    def before(verb, request):
        raise DriverFailed("the server is down")

    world.before = before
    seen = []
    for seconds in (0, 10, 30):
        reconciling.reconcile_due(at=MORNING + seconds * SECOND)
        seen.append([row.why for row in stuck(MORNING + seconds * SECOND)])

    assert seen == [[], [], ["the server is down"]]


def test_what_nobody_takes_up_is_stuck_after_a_quarter_of_an_hour(organization, world):
    want(organization)

    assert stuck(LATER - SECOND) == []
    [row] = stuck(LATER)
    assert "No worker" in str(row.why)
    assert (row.organization_name, row.subject, row.since) == ("Aurora Srl", "sub_one", MORNING)


def test_work_that_waits_for_staff_says_so(organization):
    want(organization, driver="manual")
    reconciling.reconcile_due(at=MORNING)

    assert [str(row.why) for row in stuck(LATER)] == ["A task for staff is open."]


def test_what_is_settled_is_not_stuck(organization, world):
    want(organization)
    reconciling.reconcile_due(at=MORNING)

    assert stuck(MORNING + timedelta(days=365)) == []


def test_the_list_costs_one_query_however_long(organization, world):
    for number in range(20):
        want(organization, subject=f"sub_{number}")

    with transaction.as_staff(), CaptureQueriesContext(transaction.connection()) as asked:
        rows = queries.stuck(LATER)

    assert (len(rows), len(asked)) == (20, 1)


def test_drivers_with_something_due_get_a_turn(organization, world):
    want(organization)
    want(organization, driver="rehearsal", subject="sub_two", at=MORNING + SECOND)

    with transaction.as_staff():
        due = [queries.drivers_due(at) for at in (MORNING - SECOND, MORNING, MORNING + SECOND)]

    assert due == [[], ["world"], ["rehearsal", "world"]]
