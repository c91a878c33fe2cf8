"""Every URL says who may ask for it."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

GUARDS = {"open", "signed-in", "staff", "signature", "token"}


def patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for item in (resolver or get_resolver()).url_patterns:
        route = prefix + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from patterns(item, route)
        else:
            yield route, item


def test_every_url_is_guarded():
    unguarded = [route for route, pattern in patterns() if not getattr(pattern.callback, "guard", None)]

    assert unguarded == []


def test_every_url_of_an_organization_names_a_permission():
    from plancia.organizations.roles import Permission

    of_organizations = {route: pattern.callback.guard for route, pattern in patterns() if "<org>" in route}

    assert of_organizations
    assert {route: guard for route, guard in of_organizations.items() if guard not in set(Permission)} == {}


def test_only_staff_reach_the_back_office():
    back_office = {route: pattern.callback.guard for route, pattern in patterns() if route.startswith("staff/")}

    assert back_office
    assert set(back_office.values()) == {"staff"}


def test_every_page_of_the_back_office_names_a_duty():
    from plancia.accounts.staffing import Duty

    staff = {
        route: getattr(view.callback, "duty", None) for route, view in patterns() if view.callback.guard == "staff"
    }

    assert staff
    assert {route: duty for route, duty in staff.items() if duty not in set(Duty)} == {}


def test_guards_are_known():
    from plancia.organizations.roles import Permission

    assert {pattern.callback.guard for _, pattern in patterns()} <= GUARDS | set(Permission)
