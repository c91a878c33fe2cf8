from __future__ import annotations

import pytest

from plancia.leaving import law
from plancia.organizations.models import Organization


@pytest.mark.parametrize(
    ("country", "gate", "withdrawal"), [("CH", True, 0), ("IT", True, 14), ("DE", False, 14), ("FR", False, 14)]
)
def test_a_country_says_what_may_be_asked(country: str, gate: bool, withdrawal: int) -> None:
    found = law.in_country(country)

    assert (found.has_email_gate, found.withdrawal_days) == (gate, withdrawal)


def test_laws_are_named() -> None:
    assert [name.split()[0] for name in law.in_country("DE").names] == ["Directive", "§"]
    assert law.in_country("CH").names == ()


def test_withdrawing_is_a_right_of_consumers() -> None:
    assert law.of(Organization(country="IT", kind="person")).withdrawal_days == 14
    assert law.of(Organization(country="IT", kind="company")).withdrawal_days == 0
