from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from plancia.catalog import queries as catalog
from plancia.catalog.models import Plan
from plancia.kernel import ids, tenancy, transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations.access import Access, GrantedRight
from plancia.organizations.models import Organization
from plancia.organizations.roles import Right, Role
from plancia.provisioning.models import RehearsalFault
from plancia.subscriptions import attention, cancellation, queries, suspension
from plancia.subscriptions.models import Subscription
from tests.subscriptions import world
from tests.subscriptions.world import MARCH, days


def collaborator(access: Access, *rights: GrantedRight, has_billing: bool = False) -> Access:
    return Access(
        access.organization, ids.new(), ids.new(), Role.COLLABORATOR, has_billing=has_billing, product_rights=rights
    )


def count_queries(ask: object) -> int:
    with CaptureQueriesContext(connections[transaction.alias()]) as captured:
        ask()  # type: ignore[operator]
    return len(captured)


@pytest.fixture
def domains(staff: None) -> Plan:
    return world.plan("domain", {12: 1200})


def test_products_come_by_name_and_the_ended_last(aurora: Organization, hosting: Plan) -> None:
    for name in ("b.it", "a.it", "ended.it"):
        held = world.buy(aurora, hosting, name=name)
    cancellation.cancel(subscription_id=held.pk, reason="", actor=SYSTEM, at=MARCH, when=cancellation.When.NOW)
    world.buy(aurora, hosting, name="c.it")

    page = queries.products(aurora.pk, world.owner_access(aurora), at=MARCH)

    assert [row.name for row in page] == ["a.it", "b.it", "c.it", "ended.it"]
    assert [row.state for row in page][-1] == "terminated"


def test_products_are_found_by_name_type_and_state(aurora: Organization, hosting: Plan, domains: Plan) -> None:
    access = world.owner_access(aurora)
    world.buy(aurora, hosting, name="Aurora.it")
    world.buy(aurora, domains, name="aurora.it")
    world.buy(aurora, domains, name="borealis.it")

    def names(**wanted: str) -> list[str]:
        return [f"{row.type_code} {row.name}" for row in queries.products(aurora.pk, access, at=MARCH, **wanted)]

    assert names(search=" AURORA ") == ["hosting Aurora.it", "domain aurora.it"]
    assert names(type="domain") == ["domain aurora.it", "domain borealis.it"]
    assert names(type="domain", search="bore") == ["domain borealis.it"]
    assert names(state="suspended") == names(type="unheard-of") == names(search="100%") == []


def test_products_of_others_are_not_seen(aurora: Organization, borea: Organization, hosting: Plan) -> None:
    theirs = world.buy(borea, hosting, name="borea.ch")
    access = world.owner_access(aurora)

    assert queries.products(aurora.pk, access, at=MARCH).total == 0
    assert queries.product(aurora.pk, access, theirs.public_id, at=MARCH) is None
    assert queries.counts_by_type(aurora.pk, access) == {}


def test_a_collaborator_sees_what_was_granted(aurora: Organization, hosting: Plan, domains: Plan) -> None:
    one, other = (world.buy(aurora, hosting, name=name) for name in ("a.it", "b.it"))
    world.buy(aurora, domains, name="a.it")
    owner = world.owner_access(aurora)
    by_id = collaborator(owner, GrantedRight(Right.VIEW, product_id=one.pk))
    by_type = collaborator(owner, GrantedRight(Right.VIEW, product_type="domain"))
    nothing = collaborator(owner)

    assert [row.public_id for row in queries.products(aurora.pk, by_id, at=MARCH)] == [one.public_id]
    assert queries.product(aurora.pk, by_id, other.public_id, at=MARCH) is None
    assert queries.counts_by_type(aurora.pk, by_type) == {"domain": 1}
    assert queries.counts_by_type(aurora.pk, owner) == {"domain": 1, "hosting": 2}
    assert queries.products(aurora.pk, nothing, at=MARCH).total == 0


def test_fifty_products_fill_a_page_and_cost_two_queries(aurora: Organization, hosting: Plan) -> None:
    access = world.owner_access(aurora)
    held = world.buy(aurora, hosting, name="000.it")
    contents = catalog.contents()
    for_one = count_queries(lambda: queries.products(aurora.pk, access, at=MARCH, contents=contents))
    Subscription.objects.bulk_create(
        Subscription(
            **{
                field.attname: getattr(held, field.attname)
                for field in Subscription._meta.concrete_fields
                if field.name not in ("id", "name")
            },
            name=f"{number:03}.it",
        )
        for number in range(1, 60)
    )

    first = queries.products(aurora.pk, access, at=MARCH)
    last = queries.products(aurora.pk, access, page=9, at=MARCH)
    for_fifty = count_queries(lambda: queries.products(aurora.pk, access, at=MARCH, contents=contents))

    assert (len(first), first.total, first.last_number) == (50, 60, 2)
    assert (last.number, [row.name for row in last][-1]) == (2, "059.it")
    assert for_one == for_fifty == 2


def test_a_product_shows_its_terms_with_their_invoices(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting, quantity=2)
    world.offer(at=held.paid_until - days(5))
    (invoice,) = world.open_invoices(aurora)
    access = world.owner_access(aurora)

    shown = queries.product(aurora.pk, access, held.public_id, at=held.paid_until - days(5))
    asked = count_queries(lambda: queries.product(aurora.pk, access, held.public_id, at=MARCH))

    assert shown is not None
    assert (shown.price.minor, shown.net.minor, shown.months, shown.quantity) == (9900, 19_800, 12, 2)
    assert [(term.is_paid, term.invoice_number) for term in shown.terms] == [
        (False, invoice.number),
        (True, shown.terms[1].invoice_number),
    ]
    assert shown.terms[0].invoice == shown.next_step.invoice == invoice.public_id
    assert asked <= 4


def test_who_sees_no_billing_sees_no_invoices(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    grant = GrantedRight(Right.MANAGE, product_type="hosting")
    without = collaborator(world.owner_access(aurora), grant)

    shown = queries.product(aurora.pk, without, held.public_id, at=MARCH)

    assert shown is not None
    assert [(term.invoice, term.invoice_number) for term in shown.terms] == [("", "")]


def test_attention_names_what_is_due_what_ends_and_what_is_broken(aurora: Organization, hosting: Plan) -> None:
    fine = world.buy(aurora, hosting, name="fine.it", months=36)
    due = world.buy(aurora, hosting, name="due.it", months=12)
    late = world.buy(aurora, hosting, name="late.it", months=12, at=MARCH - days(20))
    ending = world.buy(aurora, hosting, name="ending.it", months=12)
    now = due.paid_until - days(3)
    world.offer(at=now - days(20))
    cancellation.cancel(subscription_id=ending.pk, reason="", actor=SYSTEM, at=now - days(9))
    suspension.enforce(at=now)
    RehearsalFault.objects.create(key="*", times=100, message="no room")
    stuck = world.buy(aurora, hosting, name="stuck.it", at=now)

    seen = attention.find(aurora.pk, world.owner_access(aurora), at=now)
    contents = catalog.contents()
    asked = count_queries(lambda: attention.find(aurora.pk, world.owner_access(aurora), at=now, contents=contents))

    assert [row.name for row in seen.due] == ["due.it"]
    assert seen.due[0].net is not None
    assert [row.name for row in seen.expiring] == ["ending.it"]
    assert {row.name for row in seen.broken} == {"late.it", "stuck.it"}
    assert world.fresh(late).state == "restricted"
    assert world.fresh(fine).state == "active"
    assert world.fresh(stuck).state == "pending"
    assert asked <= 3  # two, and one for the membership


def test_attention_tells_no_amounts_to_who_sees_no_billing(aurora: Organization, hosting: Plan) -> None:
    held = world.buy(aurora, hosting)
    world.offer(at=held.paid_until - days(5))
    grant = GrantedRight(Right.VIEW, product_type="hosting")

    seen = attention.find(aurora.pk, collaborator(world.owner_access(aurora), grant), at=held.paid_until - days(5))

    assert seen.due == []


def test_the_web_sees_products_of_the_organization_it_is_in(
    aurora: Organization, borea: Organization, hosting: Plan
) -> None:
    world.buy(aurora, hosting)
    access = world.owner_access(aurora)
    token = transaction._alias.set(transaction.APP)
    try:
        with tenancy.within(aurora.pk):
            inside = queries.products(aurora.pk, access, at=MARCH).total
        with tenancy.within(borea.pk):
            outside = queries.products(aurora.pk, replace(access), at=MARCH).total
    finally:
        transaction._alias.reset(token)

    assert (inside, outside) == (1, 0)
