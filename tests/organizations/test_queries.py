from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations import granting, queries
from plancia.organizations.access import GrantedRight
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Organization
from plancia.organizations.roles import Right, Role
from tests.people import MORNING, aurora, borea, member, person


def test_access_is_read_in_one_query_as_the_web_and_with_what_was_granted(db):
    organization = aurora(person("ada@example.com"))
    ben = person("ben@example.com", "Ben")
    product = ids.new()
    joined = member(organization, ben, Role.COLLABORATOR, has_billing=True)
    with transaction.as_staff():
        wanted = {
            Subject(product_id=product): Grant(Right.OPERATE),
            Subject(product_type="domain"): Grant(Right.OPERATE),
        }
        granting.settle(holder=joined, wanted=wanted, actor=SYSTEM, at=MORNING)

    with transaction.atomic():
        tenancy.enter_user(ben.pk)
        with CaptureQueriesContext(connection) as asked:
            access = queries.access(ben.pk, organization.public_id, at=MORNING)

    assert len(asked) == 1
    assert access is not None
    assert access.organization.name == "Aurora Srl"
    assert (access.role, access.has_billing, access.membership_id) == (Role.COLLABORATOR, True, joined.pk)
    assert set(access.product_rights) == {
        GrantedRight(Right.OPERATE, product_id=product),
        GrantedRight(Right.OPERATE, product_type="domain"),
    }


def test_an_organization_of_others_gives_no_access(db):
    aurora(ada := person("ada@example.com"))
    other = borea(person("ben@example.com"))

    with transaction.atomic():
        tenancy.enter_user(ada.pk)
        found = [
            queries.access(ada.pk, text, at=MORNING)
            for text in (
                other.public_id,
                str(other.pk),
                ids.public("sub", other.pk),
                "org_",
                "",
                "org_" + "8" * 26,
                "🙂",
            )
        ]

    assert found == [None] * 7


def test_the_database_hides_others_even_from_a_query_that_forgot_to_ask(db):
    mine = aurora(ada := person("ada@example.com"))
    borea(person("ben@example.com"))

    with transaction.atomic():
        tenancy.enter_user(ada.pk)
        seen = list(Organization.objects.values_list("pk", flat=True))

    assert seen == [mine.pk]


def test_the_picker_lists_ones_own_by_name(db):
    ada = person("ada@example.com")
    second, first = borea(ada), aurora(ada)
    borea(person("ben@example.com"))

    with transaction.atomic():
        tenancy.enter_user(ada.pk)
        rows = queries.organizations_of(ada.pk)

    assert [(row.public_id, row.role) for row in rows] == [
        (first.public_id, Role.OWNER),
        (second.public_id, Role.OWNER),
    ]


def test_members_are_listed_owners_first_then_by_name_in_one_query(db):
    organization = aurora(person("zoe@example.com", "Zoe"))
    member(organization, person("ben@example.com", "Ben"), Role.COLLABORATOR, has_billing=True)
    member(organization, person("ada@example.com", "Ada"), Role.COLLABORATOR)
    member(organization, person("eva@example.com", "Eva"), Role.ADMINISTRATOR)

    with tenancy.within(organization.pk), CaptureQueriesContext(connection) as asked:
        rows = queries.members(organization.pk)

    assert [(row.email, row.has_billing) for row in rows] == [
        ("zoe@example.com", True),
        ("eva@example.com", True),
        ("ada@example.com", False),
        ("ben@example.com", True),
    ]
    assert len(asked) == 1


def test_money_is_written_about_to_those_who_see_billing_and_to_nobody_twice(staff):
    organization = aurora(person("ada@example.com"), billing_email="Accounts@aurora.example")
    member(organization, person("ben@example.com"), Role.COLLABORATOR)
    member(organization, person("eva@example.com", language="de"), Role.COLLABORATOR, has_billing=True)
    member(organization, person("accounts@aurora.example", language="fr"), Role.ADMINISTRATOR)

    recipients = queries.who_minds_billing(organization.pk)

    assert {(recipient.email, recipient.language) for recipient in recipients} == {
        ("ada@example.com", "en"),
        ("eva@example.com", "de"),
        ("accounts@aurora.example", "fr"),
    }
