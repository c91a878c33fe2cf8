from __future__ import annotations

from pathlib import Path

from plancia.accounts.staffing import DUTIES, Duty, StaffRole, duties
from tests import people

ROLES_PAGE = Path(__file__).parents[2] / "docs/roles.md"


def test_every_role_has_a_line_and_may_enter():
    assert set(DUTIES) == set(StaffRole)
    assert all(Duty.ENTER in granted for granted in DUTIES.values())


def test_an_administrator_may_do_everything_and_alone_says_who_is_staff():
    assert DUTIES[StaffRole.ADMIN] == set(Duty)
    assert [role for role in StaffRole if Duty.MANAGE_STAFF in DUTIES[role]] == [StaffRole.ADMIN]


def test_roles_add_up():
    both = duties([StaffRole.SUPPORT, StaffRole.BILLING])

    assert both == DUTIES[StaffRole.SUPPORT] | DUTIES[StaffRole.BILLING]
    assert duties([]) == set()


def test_whoever_is_made_staff_without_a_role_is_an_administrator(db):
    nora = people.person("nora@provider.example", is_staff=True)
    olga = people.person("olga@provider.example", is_staff=True, staff_roles=[StaffRole.CATALOGUE])
    ada = people.person("ada@example.com")

    assert nora.duties == set(Duty)
    assert olga.duties == DUTIES[StaffRole.CATALOGUE]
    assert ada.duties == set()


def test_the_page_that_explains_roles_says_what_the_table_says():
    _members, _heading, of_staff = ROLES_PAGE.read_text().partition("## The provider's staff")
    rows = [line.strip("| ").split(" | ") for line in of_staff.splitlines() if line.startswith("| `")]

    expected = [
        [f"`{duty}`", str(duty.label), *("yes" if duty in DUTIES[role] else "–" for role in StaffRole)] for duty in Duty
    ]
    assert rows == expected
