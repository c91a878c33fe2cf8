from __future__ import annotations

import pytest

from plancia.catalog.models import Plan
from plancia.organizations.models import Organization
from tests import people
from tests.shop import world


@pytest.fixture
def plans(db) -> dict[str, Plan]:
    return world.catalogue()


@pytest.fixture
def ada(db):
    return people.person("ada@aurora.example")


@pytest.fixture
def borea(ada) -> Organization:
    """A company in Zurich: Swiss francs, Swiss VAT."""
    return people.borea(ada)


@pytest.fixture
def aurora(ada) -> Organization:
    """A company in Milan without a VAT number: euros, Italian VAT."""
    return people.aurora(ada)
