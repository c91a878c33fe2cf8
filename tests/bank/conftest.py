from __future__ import annotations

import pytest

from plancia.organizations.models import Organization
from tests.people import aurora, person


@pytest.fixture
def organization(db: None) -> Organization:
    """Aurora Srl, who pays in euros."""
    return aurora(person("ada@aurora.example"))
