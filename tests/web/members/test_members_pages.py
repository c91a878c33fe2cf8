"""Members, teams and rights, as an owner meets them in her browser."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations import membership
from plancia.organizations.models import Membership, Organization, Team
from plancia.organizations.roles import Role
from tests import people
from tests.web import shapes
from tests.web.test_console import queries as cost


def browser(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def aurora(db) -> Organization:
    return people.aurora(people.person("ada@aurora.example"))


@pytest.fixture
def ada(aurora) -> Client:
    return browser(Membership.objects.using("staff").get(role="owner").user)


@pytest.fixture
def ben(aurora) -> Membership:
    return people.member(aurora, people.person("ben@aurora.example", "Ben", "Rossi"), Role.COLLABORATOR)


def settings(organization: Organization) -> str:
    return f"/o/{organization.public_id}/settings/"


def test_a_member_gets_another_role(ada, aurora, ben):
    page = f"{settings(aurora)}members/{ben.public_id}/"

    shown = ada.get(page)
    answer = ada.post(f"{page}role/", {"role": "external"})

    assert "Ben Rossi" in shown.content.decode()
    assert answer.url == page
    with transaction.as_staff():
        ben.refresh_from_db()
    assert ben.role == Role.EXTERNAL


def test_the_last_owner_is_told_why_she_stays_one(ada, aurora):
    owner = Membership.objects.using("staff").get(role="owner")

    answer = ada.post(f"{settings(aurora)}members/{owner.public_id}/role/", {"role": "collaborator"})

    assert answer.status_code == 409
    assert "last owner" in answer.content.decode()


def test_a_removed_member_finds_nothing_with_the_next_request(ada, aurora, ben):
    hers, home = browser(ben.user), f"/o/{aurora.public_id}/"
    before = hers.get(home).status_code

    confirm = ada.get(f"{settings(aurora)}members/{ben.public_id}/removal/")
    ada.post(f"{settings(aurora)}members/{ben.public_id}/removal/")

    assert (before, confirm.status_code, hers.get(home).status_code) == (200, 200, 404)


def test_a_blocked_member_finds_nothing_until_she_is_let_in(ada, aurora, ben):
    hers, home = browser(ben.user), f"/o/{aurora.public_id}/"
    page = f"{settings(aurora)}members/{ben.public_id}/"

    ada.post(f"{page}block/")
    blocked = hers.get(home).status_code, hers.get("/").status_code
    ada.post(f"{page}block/end/")

    assert blocked == (404, 200)
    assert hers.get(home).status_code == 200


def test_a_member_of_another_organization_cannot_be_named(ada, aurora):
    theirs = people.member(people.borea(people.person("x@borea.example")), people.person("y@b.example"), Role.EXTERNAL)

    for path in ("", "role/", "rights/", "removal/", "block/"):
        page = f"{settings(aurora)}members/{theirs.public_id}/{path}"
        assert {ada.get(page).status_code, ada.post(page, {"role": "owner"}).status_code} <= {404, 405}


def test_an_administrator_is_not_offered_and_not_given_the_owner_role(aurora, ben):
    boss = browser(people.member(aurora, people.person("cy@aurora.example"), Role.ADMINISTRATOR).user)
    page = f"{settings(aurora)}members/{ben.public_id}/"

    shown = boss.get(page).content.decode()
    answer = boss.post(f"{page}role/", {"role": "owner"})

    assert 'value="administrator"' in shown
    assert 'value="owner"' not in shown
    assert answer.status_code == 422


def test_rights_are_edited_by_product_and_by_type_and_end_on_a_day(ada, aurora, ben):
    at = clock.now()
    shapes.catalogue(at)
    products = shapes.products(aurora, 3, at=at)
    page = f"{settings(aurora)}members/{ben.public_id}/rights/"
    hers = browser(ben.user)
    tomorrow = (at + timedelta(days=1)).date().isoformat()

    ada.post(page, {f"right-{products[0].public_id}": "manage", f"until-{products[0].public_id}": tomorrow})
    ada.post(f"{page}?by=type", {f"right-type:{products[1].product_type}": "view"})
    list_now = hers.get(f"/o/{aurora.public_id}/products/").content.decode()
    member = ada.get(f"{settings(aurora)}members/{ben.public_id}/").content.decode()
    with clock.at(at + timedelta(days=3)):
        list_later = hers.get(f"/o/{aurora.public_id}/products/").content.decode()

    assert [product.public_id in list_now for product in products] == [True, True, False]
    assert "Granted on this product" in member
    assert "Granted on all of this type" in member
    assert [product.public_id in list_later for product in products] == [False, True, False]


@pytest.mark.parametrize("until", ["2020-01-01", "31.12.2027", "9999-12-31", "x" * 500])
def test_a_bad_date_is_told_in_its_row_and_nothing_typed_is_lost(ada, aurora, ben, until):
    at = clock.now()
    shapes.catalogue(at)
    (product,) = shapes.products(aurora, 1, at=at)
    page = f"{settings(aurora)}members/{ben.public_id}/rights/"

    answer = ada.post(page, {f"right-{product.public_id}": "operate", f"until-{product.public_id}": until})

    assert answer.status_code == 422
    assert "field__error" in answer.content.decode()
    assert '<option value="operate" selected>' in answer.content.decode()


def test_a_team_is_formed_manned_given_rights_and_dissolved(ada, aurora, ben):
    at = clock.now()
    shapes.catalogue(at)
    products = shapes.products(aurora, 2, at=at)
    hers, home = browser(ben.user), f"/o/{aurora.public_id}/products/"

    page = ada.post(f"{settings(aurora)}teams/", {"name": "Web"}).url
    twice = ada.post(f"{settings(aurora)}teams/", {"name": "web"})
    ada.post(f"{page}members/", {"member": [ben.public_id, "nonsense"]})
    ada.post(f"{page}rights/", {f"right-{products[0].public_id}": "operate"})
    seen = [product.public_id in hers.get(home).content.decode() for product in products]
    ada.post(page, {"name": "Webmasters"})
    shown = ada.get(page).content.decode()
    ada.post(f"{page}removal/")

    assert twice.status_code == 422
    assert "There is a team called" in twice.content.decode()
    assert seen == [True, False]
    assert "Webmasters" in shown
    assert products[0].public_id not in hers.get(home).content.decode()
    assert not Team.objects.using("staff").exists()


def test_one_leaves_oneself(aurora, ben):
    hers = browser(ben.user)

    asked = hers.get(f"{settings(aurora)}leaving/")
    left = hers.post(f"{settings(aurora)}leaving/")

    assert (asked.status_code, left.url) == (200, "/")
    assert hers.get(f"/o/{aurora.public_id}/").status_code == 404


def test_the_roles_page_shows_the_table(ada, aurora):
    shown = ada.get(f"{settings(aurora)}roles/").content.decode()

    assert "Grant the owner role, add a partner" in shown
    assert "with accounting" in shown


def test_pages_cost_the_same_for_few_and_for_many(ada, aurora, ben):
    at = clock.now()
    shapes.catalogue(at)
    shapes.products(aurora, 2, at=at)
    team = ada.post(f"{settings(aurora)}teams/", {"name": "Web"}).url
    pages = [
        f"{settings(aurora)}members/",
        f"{settings(aurora)}members/{ben.public_id}/",
        f"{settings(aurora)}members/{ben.public_id}/rights/",
        f"{settings(aurora)}members/{ben.public_id}/rights/?by=type",
        f"{settings(aurora)}teams/",
        team,
        f"{team}rights/",
        f"{settings(aurora)}roles/",
    ]
    few = {page: cost(ada, page) for page in pages}
    shapes.products(aurora, 60, at=at)
    with transaction.as_staff():
        for number in range(40):
            joined = membership.add(
                organization_id=aurora.pk,
                user=people.person(f"m{number}@aurora.example", f"Member{number}"),
                role=Role.COLLABORATOR,
                actor=SYSTEM,
                at=at,
            )
            if number % 2:
                Team.objects.create(organization=aurora, name=f"Team {number}", created_at=at).members.create(
                    organization=aurora, membership=joined
                )

    assert {page: cost(ada, page) for page in pages} == few
    assert max(few.values()) <= 10
