from __future__ import annotations

import pytest

from plancia.billing import parties
from plancia.billing.parties import Seller


@pytest.fixture
def seller() -> Seller:
    return parties.read(parties.BUNDLED)
