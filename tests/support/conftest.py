from __future__ import annotations

import pytest

from plancia.accounts.models import User
from plancia.organizations.models import Organization
from tests import people


@pytest.fixture
def ada(staff: None) -> User:
    return people.person("ada@aurora.example")


@pytest.fixture
def aurora(ada: User) -> Organization:
    return people.aurora(ada)
