from __future__ import annotations

import pytest
from django.test import Client

from plancia.catalog.models import Plan
from tests import people
from tests.shop import world


@pytest.fixture
def plans(db) -> dict[str, Plan]:
    return world.catalogue()


@pytest.fixture
def ada(db):
    return people.person("ada@aurora.example")


@pytest.fixture
def borea(ada):
    """A company in Zurich, which Ada owns: Swiss francs, Swiss VAT."""
    return people.borea(ada)


@pytest.fixture
def visitor(plans) -> Client:
    """A browser of somebody who has not signed in."""
    return Client()


@pytest.fixture
def browser(plans, ada) -> Client:
    """Ada's browser, signed in."""
    client = Client()
    client.force_login(ada)
    return client
