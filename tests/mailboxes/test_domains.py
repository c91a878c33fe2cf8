"""Whose a domain is, before anybody opens mailboxes under it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer

from plancia.catalog.models import Price
from plancia.kernel import clock, ids, transaction
from plancia.mailboxes.models import Mailbox, MailDomain
from plancia.organizations.models import Organization
from plancia.provisioning.states import Presence
from plancia.subscriptions import activation
from plancia.subscriptions.models import Subscription
from tests import people
from tests.web import shapes
from tests.web.members.test_members_pages import browser

NEW = {"local": "info", "name": "", "new_password": "a letter every morning"}


@pytest.fixture
def aurora(db) -> Organization:
    shapes.catalogue(clock.now())
    return people.aurora(people.person("ada@aurora.example"))


@pytest.fixture
def ada(aurora) -> Client:
    return browser(aurora.memberships.using("staff").get().user)


def take(organization: Organization, type_: str, domain: str, *, is_running: bool = True) -> Subscription:
    at = clock.now()
    with transaction.as_staff(), transaction.atomic():
        price = Price.objects.select_related("plan__product_type").filter(
            plan__product_type__code=type_, currency=organization.currency, months=12
        )
        found = price.order_by("plan__position", "pk")[0]
        taken = activation.take(
            organization_id=organization.pk,
            plan=found.plan,
            price=found,
            months=12,
            quantity=3,
            choices={"domain": domain},
            name=domain,
            at=at,
        )
        if is_running:
            activation.settle(subscription_id=taken.pk, presence=Presence.RUNNING, at=at)
    return taken


def place(product: Subscription) -> str:
    organization = ids.public(Organization.prefix, product.organization_id)
    return f"/o/{organization}/products/{product.public_id}/mailboxes/"


@pytest.fixture
def resolver(httpserver: HTTPServer, settings) -> Callable[..., None]:
    """A resolver over HTTPS, which knows what it is told."""
    settings.DNS_URL = httpserver.url_for("/resolve")

    def knows(name: str = "", content: str = "", **answer: object) -> None:
        httpserver.clear_all_handlers()
        found = {"Status": 0, "Answer": [{"name": name, "type": 16, "data": f'"{content}"'}]} if name else answer
        httpserver.expect_request(
            "/resolve", query_string={"name": name, "type": "TXT"} if name else None
        ).respond_with_json(found)

    return knows


def record(page: str) -> tuple[str, str]:
    name, content = re.search(r"_plancia\.[\w.-]+", page), re.search(r"plancia=\w{32}", page)
    assert name and content
    return name[0], content[0]


def test_no_mailbox_is_opened_under_a_domain_of_strangers(ada, aurora):
    product = take(aurora, "email-service", "bank.example")

    page = ada.get(place(product)).content.decode()
    refused = ada.post(f"{place(product)}new/", NEW)

    assert "Show that the domain is yours" in page and "New mailbox" not in page
    assert refused.status_code == 422
    assert "Show first that bank.example is yours" in refused.content.decode()
    with transaction.as_staff():
        assert not Mailbox.objects.exists()


def test_a_domain_that_a_product_registers_is_ones_own_once_it_is_registered(ada, aurora):
    product = take(aurora, "email-service", "aurora.example")
    domain = take(aurora, "domain-name", "aurora.example", is_running=False)
    assert ada.post(f"{place(product)}new/", NEW).status_code == 422

    with transaction.as_staff(), transaction.atomic():
        activation.settle(subscription_id=domain.pk, presence=Presence.RUNNING, at=clock.now())

    assert ada.post(f"{place(product)}new/", NEW).status_code == 302


def test_a_domain_of_another_organization_is_not_ones_own(ada, aurora):
    borea = people.borea(people.person("ben@borea.example"))
    take(borea, "domain-name", "borea.example")
    product = take(aurora, "email-service", "borea.example")

    assert ada.post(f"{place(product)}new/", NEW).status_code == 422


def test_a_record_shows_a_domain_to_be_ones_own(ada, aurora, resolver):
    product = take(aurora, "email-service", "aurora.example")
    name, content = record(ada.get(place(product)).content.decode())
    resolver(Status=3)
    missing = ada.post(f"{place(product)}domain/", follow=True).content.decode()

    resolver(name, content)
    found = ada.post(f"{place(product)}domain/", follow=True).content.decode()

    assert "We do not see the record of aurora.example yet" in missing
    assert "aurora.example is yours" in found and "Show that the domain" not in found
    assert ada.post(f"{place(product)}new/", NEW).status_code == 302
    assert ada.post(f"{place(product)}domain/").status_code == 302
    with transaction.as_staff():
        assert MailDomain.objects.count() == 1


def test_the_record_of_one_organization_proves_nothing_for_another(ada, aurora, resolver):
    ben = people.person("ben@borea.example")
    theirs = take(people.borea(ben), "email-service", "aurora.example")
    product = take(aurora, "email-service", "aurora.example")
    name, content = record(ada.get(place(product)).content.decode())
    resolver(name, content)
    others = browser(ben)

    assert record(others.get(place(theirs)).content.decode()) != (name, content)
    assert "We do not see" in others.post(f"{place(theirs)}domain/", follow=True).content.decode()
    assert "is yours" in ada.post(f"{place(product)}domain/", follow=True).content.decode()


def test_a_domain_has_one_organization(ada, aurora, resolver):
    borea = people.borea(people.person("ben@borea.example"))
    with transaction.as_staff():
        MailDomain.objects.create(organization=borea, domain="aurora.example", proven_at=clock.now())
    product = take(aurora, "email-service", "aurora.example")
    resolver(*record(ada.get(place(product)).content.decode()))

    page = ada.post(f"{place(product)}domain/", follow=True).content.decode()

    assert "is the domain of another organization here" in page
    assert ada.post(f"{place(product)}new/", NEW).status_code == 422


def test_an_answer_that_makes_no_sense_proves_nothing(ada, aurora, resolver):
    product = take(aurora, "email-service", "aurora.example")

    for answer in ({"Status": 2}, {"Answer": "no"}, {"Answer": [{"type": 16}]}, {"Answer": [{"type": 5, "data": "x"}]}):
        resolver(**answer)
        assert "We do not see" in ada.post(f"{place(product)}domain/", follow=True).content.decode(), answer
