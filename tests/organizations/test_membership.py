from __future__ import annotations

import threading

import psycopg
import pytest
from django.db import connections
from django.db.utils import IntegrityError

from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations import membership
from plancia.organizations.models import Membership, ProductRight
from plancia.organizations.roles import Right, Role
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


def test_a_grant_on_the_same_product_is_replaced(staff):
    organization = aurora(person("ada@example.com"))
    ben = member(organization, person("ben@example.com"), Role.COLLABORATOR)
    product = ids.new()

    for right in (Right.VIEW, Right.MANAGE):
        membership.grant_product(membership_id=ben.pk, product_id=product, right=right, actor=SYSTEM, at=MORNING)

    assert ProductRight.objects.get(membership=ben).right == Right.MANAGE


def test_whoever_has_everything_is_granted_nothing(staff):
    organization = aurora(person("ada@example.com"))
    ben = member(organization, person("ben@example.com"), Role.ADMINISTRATOR)

    with pytest.raises(membership.GrantNotNeeded):
        membership.grant_product(
            membership_id=ben.pk, product_type="web-hosting", right=Right.VIEW, actor=SYSTEM, at=MORNING
        )


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
