"""
Every URL × everybody × one's own and somebody else's organization, compared with the tables of roles.

To whoever may not see something it does not exist (404); who may see it and may not do it is told so (403). URLs are
read from the resolver, and what they name from the tables, so that a page which is added tomorrow is walked tomorrow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from django.db import DatabaseError, connections

from plancia.kernel import transaction
from plancia.organizations.models import Organization
from plancia.organizations.roles import BILLING, Permission
from tests.web import isolation
from tests.web.isolation import Persona, Route, World, ask, fill, undone

METHODS = ("get", "post")
#: One of each kind writes, too; the guard is the same for both, and each answer costs milliseconds.
WRITERS = {
    "anonymous",
    "owner",
    "collaborator",
    "collaborator with billing",
    "removed",
    "staff: support",
    "staff: billing",
}
#: That a page cannot be read, or not be written, says nothing of any organization.
NO_SUCH_METHOD = 405
#: Somebody who may: done, or refused for what was sent. What is named may be missing (404), in some state of things.
DONE = {200, 302, 303, 400, 409, 410, 422, 429}

asked: Counter[str] = Counter()


@pytest.fixture(scope="module")
def world(lasting_db: None) -> Iterator[World]:
    yield isolation.build()
    print(f"\nisolation: {sum(asked.values())} combinations asked: {dict(asked)}")


def wrong(
    persona: Persona, path: str, expected: set[int], *, secrets: tuple[str, ...] = (), is_named: bool = True, kind: str
) -> list[tuple[str, str, str, object]]:
    """Ask for a path, reading and writing; return what was answered otherwise, or told what is not hers."""
    found: list[tuple[str, str, str, object]] = []
    for method in METHODS if persona.name in WRITERS else METHODS[:1]:
        # Whoever is refused changes nothing, or the test fails; what is done is undone.
        with undone() if method == "post" and len(expected) > 1 else nullcontext():
            status, body = ask(persona, path, method)
        asked[kind] += 1
        is_missing = status == 404 and len(expected) > 1 and method == "get" and not is_named
        if status not in expected | {NO_SUCH_METHOD} or is_missing:
            found.append((persona.name, method, path, status))
        # A page may repeat the address that was asked for: it tells nothing that was not known.
        told = [secret for secret in secrets if secret in body and secret not in path]
        found += [(persona.name, method, path, f"tells {secret}") for secret in told]
    return found


def _told(found: list[tuple[str, str, str, object]]) -> str:
    return "\n".join(f"{name}: {method} {path}: {answer}" for name, method, path, answer in found[:40])


def of_organizations() -> list[Route]:
    return [route for route in isolation.routes() if route.is_of_an_organization]


def test_there_is_something_to_walk(world):
    assert len(of_organizations()) >= 40
    assert len(world.personas) >= 14
    assert set(METHODS) == {"get", "post"}


def test_nothing_of_another_organization_exists(world):
    found = [
        one
        for persona in world.personas
        for route in of_organizations()
        for one in wrong(
            persona, fill(route, world.borea), {404} if persona.user else {302}, kind="another's organization"
        )
    ]

    assert not found, _told(found)


def test_the_page_for_what_does_not_exist_tells_nothing_of_it(world):
    """The walk leaves this page out; it is the same whatever was asked for."""
    path = f"/o/{world.borea.public_id}/products/"
    for persona in world.personas[1:]:
        status, body = ask(persona, path, is_bare=False)
        asked["the page for what does not exist"] += 1

        assert (status, "There is nothing here" in body) == (404, True), persona.name
        assert not [one for one in (world.borea.name, "Secret Borean", "secret-") if one in body], persona.name


def test_ones_own_organization_shows_and_lets_do_what_the_table_says(world):
    found = []
    for persona in world.personas:
        for route in of_organizations():
            found += wrong(
                persona,
                fill(route, world.aurora),
                _expected(persona, route),
                secrets=_secrets(world, persona, route),
                is_named=bool(route.names),
                kind="one's own organization",
            )

    assert not found, _told(found)


def _expected(persona: Persona, route: Route) -> set[int]:
    if persona.user is None:
        return {302}
    if persona.permissions is None:
        return {404}
    if Permission(route.guard) not in persona.permissions:
        return {403}
    if "sub" in route.names and persona.sees is not None:
        return {404}  # what is named is not the product that she was granted
    return DONE | {404}


def _secrets(world: World, persona: Persona, route: Route) -> tuple[str, ...]:
    """What no answer may contain for this persona; accounting names what was billed to whom it is open."""
    secrets = [world.borea.public_id, world.borea.name, "Secret Borean", "secret-"]
    secrets += [one.public_id for one in world.theirs]
    if persona.sees is not None and Permission(route.guard) not in BILLING:
        secrets += [one.public_id for one in world.products if one.public_id not in persona.sees]
    return tuple(secrets)


def test_what_belongs_to_another_organization_cannot_be_named_in_ones_own(world):
    """An id of somebody else's under one's own organization's URL: the permission is there, the object is not."""
    owner = next(one for one in world.personas if one.name == "owner")
    found = []
    for route in of_organizations():
        if route.names and route.names != ["type"]:
            path = fill(route, world.aurora, of=world.borea)
            found += wrong(
                owner,
                path,
                {404},
                secrets=(world.borea.name, "Secret Borean", "secret-"),
                kind="another's object in one's own",
            )

    assert not found, _told(found)


def test_the_product_that_was_granted_is_seen_and_managed_by_its_right(world):
    product = world.products[-1].public_id
    answers = {
        persona.name: (
            ask(persona, f"/o/{world.aurora.public_id}/products/{product}/")[0],
            ask(persona, f"/o/{world.aurora.public_id}/products/{product}/cancellation/")[0],
        )
        for persona in world.personas
        if persona.permissions is not None
    }
    asked["the product that was granted"] += 2 * len(answers)

    assert {name: seen for name, (seen, _given_up) in answers.items()} == {
        "owner": 200,
        "administrator": 200,
        "collaborator": 404,
        "collaborator with billing": 404,
        "collaborator with view on another product": 200,
        "collaborator with operate on another product": 200,
        "collaborator with manage on another product": 200,
        "manager with billing of another product": 200,
        "external with view on another product": 200,
    }
    assert answers["collaborator with manage on another product"][1] == 403
    assert answers["collaborator with billing"][1] == 404
    assert answers["manager with billing of another product"][1] not in {403, 404}


def test_the_back_office_opens_by_duty_and_exists_for_staff_only(world):
    found = []
    for persona in world.personas:
        for route in isolation.routes():
            if route.guard != "staff":
                continue
            if persona.user is None:
                expected = {302}
            elif not persona.user.is_staff:
                expected = {404}
            elif route.duty not in persona.duties:
                expected = {403}
            else:
                expected = DONE | {404}
            path = fill(route, world.aurora)
            found += wrong(persona, path, expected, is_named=bool(route.names), kind="back office")

    assert not found, _told(found)


def test_a_token_opens_what_its_user_may_and_nothing_of_another_organization(world):
    found = []
    for persona in world.personas:
        found += _by_token(world, persona, "", world.aurora)
        for organization in (world.aurora, world.borea) if persona.user else ():
            with undone():
                token = isolation.token(persona, organization)
                found += _by_token(world, persona, f"Bearer {token}", organization)

    assert asked["by token"]
    assert not found, _told(found)


def _by_token(
    world: World, persona: Persona, authorization: str, organization: Organization
) -> list[tuple[str, str, str, object]]:
    is_let_in = authorization and organization == world.aurora and persona.permissions is not None
    secrets = {world.borea.public_id, world.borea.name, "Secret Borean", "secret-"}
    if persona.sees is not None:
        secrets |= {one.public_id for one in world.products if one.public_id not in persona.sees}
    found: list[tuple[str, str, str, object]] = []
    for path in (fill(route, organization) for route in isolation.routes() if route.guard == "token"):
        for method in METHODS:
            status, body = ask(persona, path, method, authorization=authorization)
            asked["by token"] += 1
            if status not in (DONE | {403, 404, NO_SUCH_METHOD} if is_let_in else {401}):
                found.append((persona.name, method, path, status))
            found += [(persona.name, method, path, f"tells {one}") for one in secrets if one in body]
    return found


def test_every_url_is_walked(world):
    walked = {"staff", "signed-in", "open", "signature", "token"}
    rest = [route for route in isolation.routes() if route.guard not in walked and not route.is_of_an_organization]

    assert rest == []


def test_a_visitor_is_sent_to_sign_in_wherever_one_has_to_be_signed_in(world):
    visitor = world.personas[0]
    found = []
    for route in isolation.routes():
        if route.guard == "signed-in":
            found += wrong(visitor, fill(route, world.aurora), {302}, kind="signed in only")

    assert not found, _told(found)


def test_pages_open_to_all_tell_nobody_anything_of_an_organization(world):
    secrets = (world.aurora.public_id, world.aurora.name, world.borea.public_id, world.borea.name, "secret-")
    visitor, stranger = world.personas[:2]
    found = []
    for persona in (visitor, stranger):
        for route in isolation.routes():
            if route.guard in {"open", "signature"}:
                expected = DONE | {204, 401, 403, 404, 503}  # no worker runs here, says /healthz
                found += wrong(persona, fill(route, world.aurora), expected, secrets=secrets, kind="open to all")

    assert not found, _told(found)


def test_raw_sql_of_the_web_reaches_no_row_of_another_organization(world):
    """What a crafted query could do: as the role *app*, with Ada's user and organization set, on every table."""
    tables = _all_rows(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where a.attname = 'organization_id' and not a.attisdropped and c.relkind = 'r'"
        " and c.relnamespace = 'public'::regnamespace order by 1"
    )
    ada, borea = world.personas[2].user, world.borea.pk
    filled, reached = 0, []
    callers = (("nobody", None, None), ("Ada", ada.pk, None), ("Ada inside", ada.pk, world.aurora.pk))
    for (table,) in tables:
        filled += bool(_all_rows(f"select from {table} where organization_id = %s limit 1", borea))
        reached += [
            (table, who, statement, outcome)
            for who, user, organization in callers
            for statement in (
                f"select * from {table} where organization_id = %(theirs)s",
                f"select * from {table} where organization_id <> coalesce(%(mine)s, organization_id)",
                f"update {table} set organization_id = organization_id where organization_id = %(theirs)s",
                f"update {table} set organization_id = %(theirs)s where organization_id = %(mine)s",
                f"delete from {table} where organization_id = %(theirs)s",
            )
            if (outcome := _reached(statement, user, organization, borea))
        ]

    assert not reached
    assert filled >= 12


def _all_rows(statement: str, *parameters: object) -> list[tuple[object, ...]]:
    with connections["staff"].cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def _reached(statement: str, user: object, organization: object, theirs: object) -> int:
    """Run a statement as the web would, and undo it; return how many rows it reached. That it is refused is none."""
    asked["raw SQL"] += 1
    with undone(), connections["default"].cursor() as cursor:
        cursor.execute(
            "select set_config('app.user', %s, true), set_config('app.org', %s, true)",
            [str(user or ""), str(organization or "")],
        )
        try:
            cursor.execute(statement, {"theirs": theirs, "mine": organization})
            rows = cursor.rowcount
            # What the database says at the end of a transaction, it says now.
            cursor.execute("set constraints all immediate")
        except DatabaseError:
            return 0
        return rows


def test_the_web_enters_another_organization_in_no_other_way_than_by_saying_so(world):
    """The last line of defence is what the web says of itself; so nothing but a membership may make it say so."""
    with undone(), connections["default"].cursor() as cursor:
        cursor.execute("select set_config('app.user', %s, true)", [str(world.personas[2].user.pk)])
        seen = list(Organization.objects.values_list("pk", flat=True))

    assert seen == [world.aurora.pk]


def test_the_walk_changed_nothing(world):
    """The walk asked for every form and every removal; it must have met the world of the beginning all the way."""
    with transaction.as_staff():
        assert Organization.objects.count() == 2
        assert world.aurora.memberships.count() == 10
