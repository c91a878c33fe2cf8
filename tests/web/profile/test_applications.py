from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client

from plancia.kernel import clock, transaction
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from tests import people
from tests.web.profile.conftest import sign_in

NEW = "/profile/applications/tokens/new/"


@pytest.fixture
def aurora(ada) -> Organization:
    return people.aurora(ada)


def make(client: Client, organization: Organization, *scopes: str, days: int = 90) -> str:
    response = client.post(
        NEW, {"name": "Report", "organization": organization.public_id, "scopes": scopes, "days": days}
    )
    assert response.status_code == 302, response.content.decode()
    page = client.get("/profile/applications/").content.decode()
    (token,) = re.findall(r'data-text="(plt_[\w-]+)"', page)
    assert token not in client.get("/profile/applications/").content.decode()
    return token


def ask(token: str, path: str = "/api/v1/me/"):
    return Client().get(path, headers={"authorization": f"Bearer {token}"})


def test_a_token_acts_for_its_user_in_one_organization(client, ada, aurora, settings):
    settings.ROOT_URLCONF = "plancia.config.urls"
    token = make(client, aurora, "products:read")

    assert ask(token).json()["organization"]["name"] == aurora.name
    assert ask(token, "/api/v1/products/").json() == {"object": "list", "data": []}
    assert "never used" not in client.get("/profile/applications/").content.decode()


def test_a_token_with_less_scope_may_less(client, ada, aurora, settings):
    settings.ROOT_URLCONF = "plancia.config.urls"
    token = make(client, aurora, "billing:read", "members:read")

    response = ask(token, "/api/v1/products/")

    assert response.status_code == 403
    assert response.json()["code"] == "scope_missing"


@pytest.mark.parametrize("token", ["", "plt_made-up", "Basic x", "plt_" + "x" * 5000])
def test_what_is_no_token_opens_nothing(db, token, settings):
    settings.ROOT_URLCONF = "plancia.config.urls"
    response = ask(token)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_ends_with_its_days_with_the_membership_and_by_hand(client, ada, aurora, settings):
    settings.ROOT_URLCONF = "plancia.config.urls"
    leo = people.person("leo@example.com")
    membership = people.member(aurora, leo, Role.ADMINISTRATOR)
    theirs = sign_in(leo.email)
    token, own = make(theirs, aurora, "products:read", days=30), make(client, aurora, "products:read")

    with clock.at(clock.now() + timedelta(days=31)):
        assert ask(token).status_code == 401
    assert ask(token).status_code == 200
    with transaction.as_staff():
        membership.delete()
    assert ask(token).status_code == 401

    assert ask(own).status_code == 200
    key = re.findall(r"tokens/(tok_\w+)/removal", client.get("/profile/applications/").content.decode())[0]
    theirs.post(f"/profile/applications/tokens/{key}/removal/")
    assert ask(own).status_code == 200
    client.post(f"/profile/applications/tokens/{key}/removal/")
    assert ask(own).status_code == 401


def test_nobody_makes_a_token_for_an_organization_of_others(client, ada, aurora):
    borea = people.borea(people.person("leo@example.com"))

    response = client.post(NEW, {"name": "x", "organization": borea.public_id, "scopes": ["products:read"], "days": 9})

    assert response.status_code == 422


def test_a_token_does_not_live_for_ever(client, ada, aurora):
    response = client.post(
        NEW, {"name": "x", "organization": aurora.public_id, "scopes": ["products:read"], "days": 10_000}
    )

    assert "at most 366 days" in response.content.decode()
