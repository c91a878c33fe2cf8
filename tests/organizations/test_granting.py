from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plancia.audit.models import Entry
from plancia.kernel import ids
from plancia.kernel.actors import SYSTEM
from plancia.organizations import effective, granting, queries, teams
from plancia.organizations.effective import HeldRight
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Membership
from plancia.organizations.roles import Right, Role
from tests.people import MORNING, aurora, member, person

VPS = Subject(product_type="vps")
PRODUCT = Subject(product_id=ids.new())


@pytest.fixture
def ben(staff) -> Membership:
    return member(aurora(person("ada@example.com")), person("ben@example.com", "Ben"), Role.COLLABORATOR)


def settle(holder, wanted, at=MORNING) -> int:
    return granting.settle(holder=holder, wanted=wanted, actor=SYSTEM, at=at)


def access(ben: Membership, at=MORNING):
    found = queries.access(ben.user_id, ben.organization.public_id, at=at)
    assert found
    return found


def test_what_is_wanted_is_what_is_held_and_each_change_is_recorded_once(ben):
    first = settle(ben, {VPS: Grant(Right.VIEW), PRODUCT: Grant(Right.MANAGE)})
    again = settle(ben, {VPS: Grant(Right.VIEW), PRODUCT: Grant(Right.MANAGE)})
    then = settle(ben, {VPS: None, PRODUCT: Grant(Right.OPERATE)})

    assert (first, again, then) == (2, 0, 2)
    assert [(one.subject, one.right) for one in queries.held_rights(ben, at=MORNING)] == [(PRODUCT, Right.OPERATE)]
    actions = Entry.objects.filter(action__startswith="member.product").values_list("action", flat=True)
    assert sorted(actions) == ["member.product_granted"] * 3 + ["member.product_withdrawn"]


def test_a_right_ends_by_itself(ben):
    settle(ben, {VPS: Grant(Right.MANAGE, expires_at=MORNING + timedelta(days=1))})

    before, after = access(ben), access(ben, at=MORNING + timedelta(days=1))

    assert before.may_product(ids.new(), "vps", Right.MANAGE)
    assert not after.may_product(ids.new(), "vps", Right.VIEW)
    with pytest.raises(granting.GrantEnded):
        settle(ben, {VPS: Grant(Right.VIEW, expires_at=MORNING)})


def test_whoever_has_everything_is_granted_nothing(ben):
    boss = member(ben.organization, person("cy@example.com"), Role.ADMINISTRATOR)

    with pytest.raises(granting.GrantNotNeeded):
        settle(boss, {VPS: Grant(Right.VIEW)})


def test_rights_of_a_member_and_of_her_teams_add_up_until_she_leaves_them(ben):
    team = teams.form(organization_id=ben.organization_id, name=" Web  people ", actor=SYSTEM, at=MORNING)
    settle(ben, {VPS: Grant(Right.VIEW)})
    settle(team, {VPS: Grant(Right.OPERATE), PRODUCT: Grant(Right.MANAGE)})
    alone = access(ben)
    teams.man(team_id=team.pk, membership_ids=[ben.pk], actor=SYSTEM, at=MORNING)
    together = access(ben)
    held = queries.held_rights(ben, at=MORNING)
    teams.dissolve(team_id=team.pk, actor=SYSTEM, at=MORNING)

    assert not alone.may_product(ids.new(), "vps", Right.OPERATE)
    assert together.may_product(ids.new(), "vps", Right.OPERATE)
    assert together.may_product(PRODUCT.product_id, "domain-name", Right.MANAGE)
    assert team.name == "Web people"
    assert {(one.team, one.right) for one in held} == {
        ("", Right.VIEW),
        ("Web people", Right.OPERATE),
        ("Web people", Right.MANAGE),
    }
    assert access(ben).product_rights == alone.product_rights


def test_a_team_has_a_name_of_its_own_and_members_that_need_one(ben):
    boss = member(ben.organization, person("cy@example.com"), Role.ADMINISTRATOR)
    other = member(aurora(person("eve@example.com")), person("fay@example.com"), Role.COLLABORATOR)
    team = teams.form(organization_id=ben.organization_id, name="Web", actor=SYSTEM, at=MORNING)

    changed = teams.man(team_id=team.pk, membership_ids=[ben.pk, boss.pk, other.pk], actor=SYSTEM, at=MORNING)

    assert changed == 1
    assert list(team.members.values_list("membership", flat=True)) == [ben.pk]
    with pytest.raises(teams.TeamNameTaken):
        teams.form(organization_id=ben.organization_id, name="WEB", actor=SYSTEM, at=MORNING)
    with pytest.raises(teams.TeamNameMissing):
        teams.rename(team_id=team.pk, name="  ", actor=SYSTEM, at=MORNING)


RIGHTS = st.lists(
    st.builds(
        HeldRight,
        subject=st.sampled_from([VPS, PRODUCT, Subject(product_type="nas"), Subject(product_id=ids.new())]),
        right=st.sampled_from(Right),
        team=st.sampled_from(["", "Web"]),
    )
)


@given(held=RIGHTS)
def test_the_strongest_of_all_reasons_wins(held: list[HeldRight]):
    found = effective.on_product(Role.COLLABORATOR, held, PRODUCT.product_id, "vps")

    covering = [one.right for one in held if one.subject in (VPS, PRODUCT)]
    assert len(found.reasons) == len(covering)
    assert all(found.right and found.right.includes(right) for right in covering)
    assert (found.right is None) == (not covering)


def test_a_role_is_a_reason_too():
    found = effective.on_product(Role.ADMINISTRATOR, [], ids.new(), "vps")

    assert found.right is Right.MANAGE
    assert "Administrator" in str(found.reasons[0].words)
