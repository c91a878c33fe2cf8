from __future__ import annotations

import pytest

from plancia.provisioning import drivers
from plancia.provisioning.drivers import DriverFailed
from plancia.provisioning.drivers.manual import ManualDriver
from tests.provisioning.world import World


def test_a_driver_is_found_by_its_entry_point():
    assert isinstance(drivers.load("manual"), ManualDriver)


def test_a_driver_that_is_not_installed_says_which_are():
    with pytest.raises(DriverFailed, match="there are: manual, rehearsal"):
        drivers.load("nothing")


def test_a_registered_driver_is_known_until_it_is_forgotten():
    driver = World()
    drivers.register("mine", driver)

    assert drivers.load("mine") is driver
    drivers.forget("mine")
    with pytest.raises(DriverFailed):
        drivers.load("mine")
