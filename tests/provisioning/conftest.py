from __future__ import annotations

from collections.abc import Iterator

import pytest

from plancia.organizations.models import Organization
from plancia.provisioning import drivers
from tests import people
from tests.provisioning.world import World


@pytest.fixture
def organization(db) -> Organization:
    return people.aurora(people.person("ada@aurora.example"))


@pytest.fixture
def world() -> Iterator[World]:
    """A driver whose services are in memory, called `world`."""
    driver = World()
    drivers.register("world", driver)
    yield driver
    drivers.forget("world")
