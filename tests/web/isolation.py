"""
A world for the walk through all URLs: two organizations, each with one of everything, and people of every kind.

Requests are rolled back, so that a walk through every form changes nothing, and the next one finds the same world.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache

from django.apps import apps
from django.core.handlers.base import BaseHandler
from django.db import transaction as django_transaction
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import URLPattern
from django.utils.timezone import localdate

from plancia.accounts import api_tokens
from plancia.accounts.models import User
from plancia.accounts.staffing import Duty, StaffRole, duties
from plancia.kernel import clock, ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations import granting, invitations, membership, teams
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Organization
from plancia.organizations.offers import Offer
from plancia.organizations.roles import Permission, Right, Role, granted
from plancia.subscriptions.models import Subscription
from tests import people
from tests.architecture.test_urls import patterns
from tests.web import shapes


@dataclass(slots=True)
class Persona:
    """Somebody who asks: `permissions` are hers in Aurora (None: she is no member there), `duties` as staff."""

    name: str
    user: User | None = None
    permissions: frozenset[Permission] | None = None
    duties: frozenset[Duty] = frozenset()
    sees: frozenset[str] | None = None  # public ids of the products that she sees; None: all of them
    client: Client = field(default_factory=Client)


@dataclass(slots=True)
class World:
    """Aurora, where the personas are what they are; Borea, where none of them is anything; and their products."""

    aurora: Organization
    borea: Organization
    products: list[Subscription]
    theirs: list[Subscription]
    personas: list[Persona] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Route:
    """A URL, with who guards it."""

    text: str
    guard: str
    duty: Duty | None

    @property
    def is_of_an_organization(self) -> bool:
        return "<org>" in self.text

    @property
    def names(self) -> list[str]:
        """What it names besides the organization."""
        return [name for name in _NAMES.findall(self.text) if name != "org"]


_NAMES = re.compile(r"<(?:\w+:)?(\w+)>")


def routes() -> list[Route]:
    """Return every URL that there is; those written as regular expressions have tests of their own."""
    return sorted(
        (Route(text, view.callback.guard, _duty(view)) for text, view in patterns() if "(?P" not in text),
        key=lambda route: route.text,
    )


def _duty(view: URLPattern) -> Duty | None:
    return getattr(view.callback, "duty", None)


def build() -> World:
    """Build the world, through the use cases where there are some."""
    at = clock.now()
    shapes.catalogue(at)
    ada, ben = people.person("ada@aurora.example", "Ada"), people.person("ben@borea.example", "Ben")
    aurora, borea = people.aurora(ada), people.borea(ben)
    products, theirs = shapes.products(aurora, 12, at=at), shapes.products(borea, 3, at=at)
    with transaction.as_staff():
        for product in theirs:
            Subscription.objects.filter(pk=product.pk).update(name=f"secret-{product.public_id[-6:]}.borea.example")
    for organization, owner, held in ((aurora, ada, products), (borea, ben, theirs)):
        shapes.invoices(organization, held[:2], at=at, unpaid=1)
        with transaction.as_staff():
            teams.form(organization_id=organization.pk, name="Web", actor=SYSTEM, at=at)
            invitations.invite(
                organization_id=organization.pk,
                email=f"new@{owner.email.partition('@')[2]}",
                language="en",
                offer=Offer(Role.EXTERNAL),
                may_grant_owner=True,
                actor=SYSTEM,
                at=at,
            )
    world = World(aurora, borea, products, theirs)
    world.personas = [
        Persona("anonymous"),
        _person("a user without any organization"),
        *_members(world, ada),
        *(_staff(role) for role in StaffRole),
    ]
    people.member(borea, people.person("dan@borea.example", "Secret", "Borean"), Role.COLLABORATOR)
    return world


def _person(name: str, **fields: object) -> Persona:
    user = people.person(f"p{ids.new().hex[-12:]}@example.com", "Pia", "Neri", **fields)
    persona = Persona(name, user)
    persona.client.force_login(user)
    return persona


def _members(world: World, ada: User) -> Iterator[Persona]:
    owner = Persona("owner", ada, granted(Role.OWNER, has_billing=True))
    owner.client.force_login(ada)
    yield owner
    yield _member(world, "administrator", Role.ADMINISTRATOR)
    yield _member(world, "collaborator", Role.COLLABORATOR)
    yield _member(world, "collaborator with billing", Role.COLLABORATOR, has_billing=True)
    for right in Right:
        yield _member(world, f"collaborator with {right} on another product", Role.COLLABORATOR, right=right)
    yield _member(world, "manager with billing of another product", Role.COLLABORATOR, True, Right.MANAGE)
    yield _member(world, "external with view on another product", Role.EXTERNAL, right=Right.VIEW)

    blocked, removed = _member(world, "blocked", Role.ADMINISTRATOR), _member(world, "removed", Role.ADMINISTRATOR)
    for persona, end in ((blocked, membership.block), (removed, membership.remove)):
        # Both come in first: what they had in their hands a second ago helps them nothing.
        home = f"/o/{world.aurora.public_id}/"
        assert persona.client.get(home).status_code == 200
        assert persona.user
        with transaction.as_staff():
            key = persona.user.memberships.get().pk
            end(membership_id=key, may_grant_owner=True, actor=SYSTEM, at=clock.now())
        persona.permissions = None
    yield blocked
    yield removed


def _member(world: World, name: str, role: Role, has_billing: bool = False, right: Right | None = None) -> Persona:
    persona = _person(name)
    assert persona.user
    joined = people.member(world.aurora, persona.user, role, has_billing=has_billing)
    persona.permissions = granted(role, has_billing=has_billing)
    if not role.sees_all_products:
        persona.sees = frozenset()
    if right:
        other = world.products[-1]
        with transaction.as_staff():
            wanted = {Subject(product_id=other.pk): Grant(right)}
            granting.settle(holder=joined, wanted=wanted, actor=SYSTEM, at=clock.now())
        persona.sees = frozenset({other.public_id})
    return persona


def _staff(role: StaffRole) -> Persona:
    persona = _person(f"staff: {role}", is_staff=True, staff_roles=[role])
    persona.duties = duties([role])
    return persona


def fill(route: Route, organization: Organization, *, of: Organization | None = None) -> str:
    """
    Write a route with names that exist: the organization's, and objects of its own, or `of` another one.

    A name is the prefix of public ids, or the name of a table; where nothing of the kind is there, an id is made up.
    """

    def name(found: re.Match[str]) -> str:
        return organization.public_id if found[1] == "org" else _sample(found[1], of or organization)

    return "/" + _NAMES.sub(name, route.text) + (f"?on={localdate()}" if route.text in _FAR_AHEAD else "")


#: Pages that live through sixty days unless one asks for fewer; who may see them does not depend on it.
_FAR_AHEAD = {"staff/organizations/<organization>/clock/"}


@cache
def _sample(name: str, organization: Organization) -> str:
    model = _models().get(name)
    if name == "type":
        return "web-hosting"
    if model is None:
        return "1"
    with transaction.as_staff():
        rows = model._default_manager.order_by("pk")
        if model is Organization:
            rows = rows.filter(pk=organization.pk)
        elif any(one.name == "organization" or one.attname == "organization_id" for one in model._meta.concrete_fields):
            rows = rows.filter(organization_id=organization.pk)
        row = rows.first()
    return str(row.public_id) if row else ids.public(name if len(name) == 3 else model.prefix, ids.new())


def _models() -> dict[str, type[Model]]:
    ours = [one for one in apps.get_models() if hasattr(one, "prefix")]
    return {one.prefix: one for one in ours} | {one.__name__.lower(): one for one in ours}


def token(persona: Persona, organization: Organization) -> str:
    """Make a token of a persona's that counts in an organization, for everything."""
    assert persona.user
    with transaction.as_staff():
        return api_tokens.make(
            user_id=persona.user.pk,
            organization_id=organization.pk,
            name="Script",
            scopes=list(api_tokens.Scope),
            days=1,
            actor=SYSTEM,
            agent="",
            at=clock.now(),
        )


def ask(
    persona: Persona, path: str, method: str = "get", *, is_bare: bool = True, authorization: str = ""
) -> tuple[int, str]:
    """
    Ask as a browser does; return the status and the body of the answer.

    Through all middleware and on the real connections, without what a test's client adds to each request. `is_bare`
    leaves out the page that is drawn around a 404.
    """
    request = getattr(_browser, method)(path, headers={"Authorization": authorization} if authorization else None)
    request.COOKIES = {name: morsel.value for name, morsel in persona.client.cookies.items()}
    request._dont_enforce_csrf_checks = True
    if is_bare:
        request.urlconf = "tests.web.bare_urls"
    response = _product().get_response(request)
    return response.status_code, "" if response.streaming else response.content.decode(errors="replace")


_browser = RequestFactory()


@cache
def _product() -> BaseHandler:
    handler = BaseHandler()
    handler.load_middleware()
    return handler


@contextmanager
def undone() -> Iterator[None]:
    """Undo what the requests within the block have written."""
    aliases = (transaction.APP, transaction.STAFF)
    with ExitStack() as stack:
        for alias in aliases:
            stack.enter_context(django_transaction.atomic(using=alias))
        try:
            yield
        finally:
            for alias in aliases:
                django_transaction.set_rollback(True, using=alias)
