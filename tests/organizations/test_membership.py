from __future__ import annotations

import threading
from collections.abc import Callable

import psycopg
import pytest
from django.db import connections
from django.db.utils import IntegrityError

from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.refusals import Refusal
from plancia.organizations import granting, membership, queries
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Right, Role
from tests import racing
from tests.people import MORNING, aurora, member, person


def test_a_user_joins_once(staff):
    organization = aurora(person("ada@example.com"))
    ben = person("ben@example.com", "Ben")
    member(organization, ben, Role.COLLABORATOR)

    with pytest.raises(membership.AlreadyMember) as refused:
        member(organization, ben, Role.ADMINISTRATOR)

    assert "ben@example.com" in str(refused.value)
    assert Membership.objects.get(user=ben).role == Role.COLLABORATOR


def test_two_who_add_the_same_person_at_once_add_her_once(staff):
    organization = aurora(person("ada@example.com"))
    ben = person("ben@example.com", "Ben")
    outcomes: list[str] = []
    together = threading.Barrier(4)

    def add() -> None:
        together.wait()
        try:
            member(organization, ben, Role.COLLABORATOR)
            outcomes.append("added")
        except membership.AlreadyMember:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["added", "refused", "refused", "refused"]


def test_the_last_owner_can_be_neither_removed_nor_demoted(staff):
    organization = aurora(person("ada@example.com"))
    member(organization, person("ben@example.com"), Role.ADMINISTRATOR)
    owner = Membership.objects.get(organization=organization, role=Role.OWNER)

    with pytest.raises(IntegrityError, match="without an owner"), transaction.atomic():
        owner.delete()
    with pytest.raises(IntegrityError, match="without an owner"), transaction.atomic():
        Membership.objects.filter(pk=owner.pk).update(role=Role.ADMINISTRATOR)

    assert Membership.objects.get(pk=owner.pk).role == Role.OWNER


def test_one_of_two_owners_may_go(staff):
    organization = aurora(person("ada@example.com"))
    second = member(organization, person("ben@example.com"), Role.OWNER)

    second.delete()

    assert Membership.objects.filter(organization=organization).count() == 1


def test_two_owners_who_remove_each_other_leave_one(staff, superuser: psycopg.Connection):
    organization = aurora(person("ada@example.com"))
    member(organization, person("ben@example.com"), Role.OWNER)
    owners = list(Membership.objects.filter(organization=organization).values_list("pk", flat=True))
    together = threading.Barrier(2)
    outcomes: list[str] = []

    def remove(key: object) -> None:
        try:
            with transaction.as_staff(), transaction.atomic():
                together.wait()
                Membership.objects.filter(pk=key).delete()
            outcomes.append("removed")
        except IntegrityError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=remove, args=[key]) for key in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    left = superuser.execute(
        "select count(*) from organizations_membership where organization_id = %s and role = 'owner'", [organization.pk]
    ).fetchone()
    assert sorted(outcomes) == ["refused", "removed"]
    assert left == (1,)


def test_two_owners_who_demote_or_block_or_remove_each_other_leave_one(staff):
    acts: list[Callable[[object], object]] = [
        lambda key: membership.change(
            membership_id=key, role=Role.EXTERNAL, has_billing=False, may_grant_owner=True, actor=SYSTEM, at=MORNING
        ),
        lambda key: membership.block(membership_id=key, may_grant_owner=True, actor=SYSTEM, at=MORNING),
        lambda key: membership.remove(membership_id=key, may_grant_owner=True, actor=SYSTEM, at=MORNING),
    ]
    for number, act in enumerate(acts):
        organization = aurora(person(f"ada{number}@example.com"))
        member(organization, person(f"ben{number}@example.com"), Role.OWNER)
        owners = Membership.objects.filter(organization=organization, role=Role.OWNER, blocked_at=None)
        keys = list(owners.values_list("pk", flat=True))

        def run(place: int, act=act, keys=keys) -> None:
            with transaction.as_staff():
                act(keys[place])

        outcomes = [one.partition("(")[0] for one in racing.at_once(2, run)]

        assert sorted(outcomes) == ["done", "last_owner"]
        assert owners.count() == 1


def _refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value.code


def test_an_administrator_neither_makes_nor_touches_owners_and_partners(staff):
    organization = aurora(person("ada@example.com"))
    second = member(organization, person("ben@example.com"), Role.OWNER)
    agency = membership.add(
        organization_id=organization.pk,
        user=person("cy@agency.example"),
        role=Role.ADMINISTRATOR,
        is_partner=True,
        actor=SYSTEM,
        at=MORNING,
    )
    helper = member(organization, person("dan@example.com"), Role.COLLABORATOR)
    mine = {"may_grant_owner": False, "actor": SYSTEM, "at": MORNING}

    for one in (second, agency):
        assert _refused(lambda one=one: membership.block(membership_id=one.pk, **mine)) == "owners_only"
        assert _refused(lambda one=one: membership.remove(membership_id=one.pk, **mine)) == "owners_only"
        assert (
            _refused(
                lambda one=one: membership.change(membership_id=one.pk, role=Role.EXTERNAL, has_billing=False, **mine)
            )
            == "owners_only"
        )
    assert (
        _refused(lambda: membership.change(membership_id=helper.pk, role=Role.OWNER, has_billing=False, **mine))
        == "owners_only"
    )


def test_a_member_leaves_whatever_she_is_but_the_last_owner_stays(staff):
    organization = aurora(ada := person("ada@example.com"))
    ben = member(organization, person("ben@example.com"), Role.OWNER)
    owner = Membership.objects.get(user=ada)

    membership.remove(
        membership_id=ben.pk,
        may_grant_owner=False,
        actor=Actor(ActorKind.USER, "Ben", user_id=ben.user_id),
        at=MORNING,
    )

    assert (
        _refused(
            lambda: membership.remove(
                membership_id=owner.pk,
                may_grant_owner=True,
                actor=Actor(ActorKind.USER, "Ada", user_id=ada.pk),
                at=MORNING,
            )
        )
        == "last_owner"
    )


def test_a_blocked_member_finds_nothing_even_in_the_database(staff):
    organization = aurora(person("ada@example.com"))
    ben = member(organization, person("ben@example.com"), Role.ADMINISTRATOR)
    membership.block(membership_id=ben.pk, may_grant_owner=True, actor=SYSTEM, at=MORNING)

    with transaction.as_staff(), pytest.raises(membership.AlreadyBlocked):
        membership.block(membership_id=ben.pk, may_grant_owner=True, actor=SYSTEM, at=MORNING)
    assert queries.access(ben.user_id, organization.public_id, at=MORNING) is None
    assert queries.organizations_of(ben.user_id) == []


def test_the_web_sees_nothing_of_a_blocked_membership(db):
    organization = aurora(person("ada@example.com"))
    ben = member(organization, person("ben@example.com"), Role.ADMINISTRATOR)
    with transaction.as_staff():
        membership.block(membership_id=ben.pk, may_grant_owner=True, actor=SYSTEM, at=MORNING)

    with transaction.atomic():
        tenancy.enter_user(ben.user_id)
        assert list(Membership.objects.all()) == []
        assert list(Organization.objects.all()) == []
    with transaction.as_staff():
        membership.unblock(membership_id=ben.pk, may_grant_owner=True, actor=SYSTEM, at=MORNING)
    with transaction.atomic():
        tenancy.enter_user(ben.user_id)
        assert Organization.objects.get() == organization


def test_nobody_blocks_himself(staff):
    organization = aurora(person("ada@example.com"))
    ben = member(organization, person("ben@example.com"), Role.ADMINISTRATOR)
    himself = Actor(ActorKind.USER, "Ben", user_id=ben.user_id)

    with pytest.raises(membership.NotYourself):
        membership.block(membership_id=ben.pk, may_grant_owner=True, actor=himself, at=MORNING)


def test_the_database_keeps_an_owner_who_can_come_in(staff):
    aurora(ada := person("ada@example.com"))

    with pytest.raises(IntegrityError, match="without an owner"), transaction.atomic():
        Membership.objects.filter(user=ada).update(blocked_at=MORNING)


def test_single_rights_end_when_a_role_comes_that_reaches_everything(staff):
    organization = aurora(person("ada@example.com"))
    ben = member(organization, person("ben@example.com"), Role.COLLABORATOR, has_billing=True)
    granting.settle(holder=ben, wanted={Subject(product_type="vps"): Grant(Right.VIEW)}, actor=SYSTEM, at=MORNING)

    for role in (Role.ADMINISTRATOR, Role.EXTERNAL):
        membership.change(
            membership_id=ben.pk, role=role, has_billing=True, may_grant_owner=False, actor=SYSTEM, at=MORNING
        )

    ben.refresh_from_db()
    assert (ben.role, ben.has_billing) == (Role.EXTERNAL, False)
    assert queries.held_rights(ben, at=MORNING) == []
