from __future__ import annotations

import pytest

from plancia.catalog.models import Plan
from plancia.organizations.models import Organization
from tests import people
from tests.subscriptions import world


@pytest.fixture
def hosting(staff: None) -> Plan:
    return world.plan()


@pytest.fixture
def aurora(staff: None) -> Organization:
    return people.aurora(people.person("ada@aurora.example"))


@pytest.fixture
def borea(staff: None) -> Organization:
    return people.borea(people.person("beat@borea.example"))
