from __future__ import annotations

import ipaddress
import time

import pytest

from plancia.kernel import transaction
from plancia.provisioning import drivers, reconciling
from plancia.provisioning.drivers import DriverFailed, Request
from plancia.provisioning.drivers.rehearsal import RehearsalDriver
from plancia.provisioning.models import RehearsalFault, RehearsedService
from plancia.provisioning.states import Presence
from tests.people import MORNING
from tests.provisioning.world import SECOND, resource, want


def request(presence=Presence.RUNNING, *, key="res_one", **specification) -> Request:
    return Request(key, "org_one", "sub_one", presence, {"type": "vps", "disk_gb": 20} | specification, MORNING)


def fault(key, times, message="out of order", **more):
    with transaction.as_staff():
        RehearsalFault.objects.create(key=key, times=times, message=message, **more)


def services() -> list[tuple[str, str]]:
    with transaction.as_staff():
        return list(RehearsedService.objects.values_list("key", "presence"))


def test_it_is_found_by_its_entry_point():
    assert isinstance(drivers.load("rehearsal"), RehearsalDriver)


@pytest.mark.parametrize("verb", ["create", "change", "suspend", "resume", "terminate", "observe"])
def test_every_verb_twice_is_as_once(db, verb):
    driver = RehearsalDriver()
    driver.create(request())

    once = getattr(driver, verb)(request())
    before = services()
    twice = getattr(driver, verb)(request())

    assert once == twice
    assert services() == before


def test_it_gives_addresses_that_nobody_can_have(db):
    seen = RehearsalDriver().create(request())

    assert ipaddress.ip_address(seen.facts["ipv4"]) in ipaddress.ip_network("192.0.2.0/24")
    assert ipaddress.ip_address(seen.facts["ipv6"]) in ipaddress.ip_network("2001:db8::/32")
    assert seen.facts["hostname"].endswith(".rehearsal.example")
    assert seen.facts["disk_gb"] == 20


@pytest.mark.parametrize(
    ("kind", "fact"),
    [("domain-name", "nameservers"), ("audio-streaming", "stream_url"), ("email-service", "mail_server")],
)
def test_a_type_has_its_own_facts(db, kind, fact):
    assert fact in RehearsalDriver().create(request(type=kind)).facts


def test_a_service_keeps_its_size_while_suspended(db):
    driver = RehearsalDriver()
    driver.create(request())

    seen = driver.suspend(request(disk_gb=40))

    assert (seen.presence, seen.specification["disk_gb"]) == (Presence.SUSPENDED, 20)


def test_it_fails_as_often_as_told_and_then_no_more(db):
    driver = RehearsalDriver()
    fault("res_one", 2)

    for _failure in range(2):
        with pytest.raises(DriverFailed, match="out of order"):
            driver.create(request())

    assert driver.create(request()).presence is Presence.RUNNING


@pytest.mark.parametrize("key", ["*", "sub_one", "res_one"])
def test_a_fault_is_about_one_service_or_all(db, key):
    fault(key, 1)

    with pytest.raises(DriverFailed):
        RehearsalDriver().observe(request())


def test_the_fault_of_one_service_goes_before_that_of_all(db):
    fault("*", 1, "everything")
    fault("res_one", 1, "this one")

    with pytest.raises(DriverFailed, match="this one"):
        RehearsalDriver().observe(request())


def test_it_is_slow_when_told(db):
    fault("*", 1, "", delay_seconds=0.2)
    began = time.monotonic()

    RehearsalDriver().create(request())

    assert time.monotonic() - began >= 0.2


def test_through_the_reconciler_it_makes_fails_and_mends(organization):
    key = want(organization, driver="rehearsal", specification={"type": "vps"})
    fault("sub_one", 1)

    reconciling.reconcile_due(at=MORNING)
    failed = resource(key)
    reconciling.reconcile_due(at=MORNING + 10 * SECOND)

    assert (failed.last_error, failed.is_settled) == ("out of order", False)
    assert resource(key).is_settled
    assert services() == [(failed.public_id, "running")]
