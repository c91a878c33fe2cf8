from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.organizations.roles import BILLING, GRANTS, Permission, Right, Role, granted

ROLES_PAGE = Path(__file__).parents[2] / "docs/roles.md"


def test_every_role_has_a_line():
    assert set(GRANTS) == set(Role)


def test_an_owner_may_do_everything():
    assert GRANTS[Role.OWNER] == set(Permission)


def test_only_owners_grant_the_owner_role():
    assert [role for role in Role if Permission.GRANT_OWNER in granted(role, has_billing=True)] == [Role.OWNER]


@given(role=st.sampled_from(Role), has_billing=st.booleans())
def test_no_role_gets_more_than_the_role_before_it(role: Role, has_billing: bool):
    roles = list(Role)
    above = roles[max(roles.index(role) - 1, 0)]

    assert granted(role, has_billing=has_billing) <= granted(above, has_billing=has_billing)


@given(role=st.sampled_from(Role))
def test_the_billing_switch_adds_billing_and_nothing_else(role: Role):
    added = granted(role, has_billing=True) - granted(role, has_billing=False)

    assert added == (BILLING if role is Role.COLLABORATOR else frozenset())


@given(role=st.sampled_from([Role.COLLABORATOR, Role.EXTERNAL]), has_billing=st.booleans())
def test_whoever_is_no_administrator_manages_neither_people_nor_the_organization(role: Role, has_billing: bool):
    forbidden = set(Permission) - BILLING - {Permission.VIEW_ORGANIZATION}

    assert not granted(role, has_billing=has_billing) & forbidden


@pytest.mark.parametrize(
    ("right", "included"),
    [
        (Right.VIEW, {Right.VIEW}),
        (Right.OPERATE, {Right.VIEW, Right.OPERATE}),
        (Right.MANAGE, {Right.VIEW, Right.OPERATE, Right.MANAGE}),
    ],
)
def test_a_right_includes_the_lesser_ones(right: Right, included: set[Right]):
    assert {other for other in Right if right.includes(other)} == included


def test_the_page_that_explains_roles_says_what_the_table_says():
    """docs/roles.md is for people; it may not drift from the code."""
    of_members, _heading, _of_staff = ROLES_PAGE.read_text().partition("## The provider's staff")
    lines = [line for line in of_members.splitlines() if line.startswith("| `")]
    written = {}
    for line in lines:
        permission, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        written[permission.strip("`")] = cells[1:]

    expected = {
        permission.value: [
            "yes"
            if permission in granted(role, has_billing=False)
            else "with *billing*"
            if permission in granted(role, has_billing=True)
            else "–"
            for role in Role
        ]
        for permission in Permission
    }
    assert written == expected
