"""
Every URL of an organization, walked: to whoever is no member it does not exist, whatever else the URL names.

The URLs are read from the resolver, so that a page which is added tomorrow is tested tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from plancia.kernel import ids
from plancia.organizations.models import Organization
from plancia.organizations.roles import BILLING, Permission, Role, granted
from tests.people import aurora, borea, member, person


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for item in resolver.url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from _patterns(item, route)
        elif "<org>" in route:
            yield route, item


def _of_organizations() -> list[tuple[str, Permission]]:
    return sorted((route, Permission(pattern.callback.guard)) for route, pattern in _patterns(get_resolver()))


def _path(route: str, organization: Organization) -> str:
    """Fill a route in; names are prefixes of ids, and the organization comes first, so the others are not looked at."""
    path = "/" + route.replace("<org>", organization.public_id)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda name: ids.public("x", ids.new()).replace("x", name[1], 1), path)


@pytest.fixture
def theirs(db) -> Organization:
    return borea(person("ben@example.com"))


@pytest.fixture
def mine(db) -> Organization:
    return aurora(person("ada@example.com"))


def _browser(email: str) -> Client:
    from plancia.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(email=email))
    return client


def test_there_is_something_to_walk():
    assert len(_of_organizations()) >= 10


def test_no_url_of_another_organization_exists(mine, theirs):
    assert _answers_other_than(404, _browser("ada@example.com"), theirs, set(Permission)) == {}


def test_a_stranger_is_sent_to_sign_in_everywhere(theirs):
    assert _answers_other_than(302, Client(), theirs, set(Permission)) == {}


@pytest.mark.parametrize("role", [Role.COLLABORATOR, Role.EXTERNAL])
def test_a_member_without_a_permission_is_refused_wherever_it_is_named(mine, role):
    member(mine, person("cy@example.com"), role)
    forbidden = set(Permission) - granted(role, has_billing=False)

    assert _answers_other_than(403, _browser("cy@example.com"), mine, forbidden) == {}


def _answers_other_than(
    expected: int, client: Client, organization: Organization, permissions: set[Permission]
) -> dict[str, set[int]]:
    """Ask for every URL that names one of `permissions`, reading and writing; return those that answer otherwise."""
    answers = {
        route: {
            response.status_code
            for method in (client.get, client.post)
            # That a page cannot be read or written at all says nothing of any organization.
            if (response := method(_path(route, organization))).status_code != 405
        }
        for route, permission in _of_organizations()
        if permission in permissions
    }
    assert answers
    return {route: statuses for route, statuses in answers.items() if statuses != {expected}}


def test_with_billing_the_pages_about_money_open(mine):
    member(mine, person("cy@example.com"), Role.COLLABORATOR, has_billing=True)
    client = _browser("cy@example.com")

    answers = {
        route: client.get(_path(route, mine)).status_code
        for route, permission in _of_organizations()
        if permission in BILLING
    }

    assert answers
    assert 403 not in answers.values()
    assert answers["o/<org>/accounting/invoices/"] == 200
