"""The free mailbox has its own closing, which its user reaches without any right on the product."""

from __future__ import annotations

import pytest
from django.test import Client

from plancia.accounts.models import User
from plancia.catalog.models import Plan
from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM
from plancia.mailboxes import keeping
from plancia.mailboxes.models import Mailbox
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.outbox import facts
from plancia.subscriptions import activation
from plancia.subscriptions.models import Subscription
from plancia.support.models import Feedback
from tests import people
from tests.leaving.world import night
from tests.web import shapes
from tests.web.test_console import browser

ADDRESS = "ada@mail.example"


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@aurora.example", "Ada", "Rossi")


@pytest.fixture
def mailbox(ada) -> Mailbox:
    """Ada's free mailbox, in an organization in which she has no right on any product."""
    shapes.catalogue(clock.now())
    aurora = people.aurora(people.person("leo@aurora.example"))
    people.member(aurora, ada, Role.EXTERNAL)
    return hold(aurora, ada, "free-mailbox", ADDRESS)


def hold(organization: Organization, user: User, kind: str, address: str) -> Mailbox:
    with transaction.as_staff(), facts.told_by_caller():
        plan = Plan.objects.select_related("product_type").filter(product_type__code=kind).order_by("position")[0]
        price = plan.prices.filter(currency="EUR", valid_until=None).order_by("-months")[0]
        activation.take(
            organization_id=organization.pk,
            plan=plan,
            price=price,
            months=price.months,
            quantity=1,
            choices={"address": address.partition("@")[0]},
            name=address,
            at=clock.now(),
        )
    night(at=clock.now())
    with transaction.as_staff():
        found = Mailbox.objects.select_related("organization").get(product__name=address, closed_at=None)
        keeping.give(mailbox_id=found.pk, user_id=user.pk, actor=SYSTEM, at=clock.now())
    return found


def close(client: Client, mailbox: Mailbox, **typed: str) -> int:
    return client.post(
        f"/profile/mailboxes/{mailbox.public_id}/closing/", {"password": people.PASSWORD, **typed}
    ).status_code


def test_its_user_closes_it_for_good_with_the_product_that_it_is(ada, mailbox):
    client, place = browser(ada), f"/profile/mailboxes/{mailbox.public_id}/closing/"
    assert place in client.get("/profile/mailboxes/free/").content.decode()
    assert place in client.get("/profile/closing/").content.decode()
    assert client.post("/profile/closing/", {"password": people.PASSWORD}).status_code == 422

    assert close(client, mailbox, password="guess", comment="Too small") == 422
    assert close(client, mailbox, comment="Too small", cause="other") == 302
    night(at=clock.now())

    with transaction.as_staff():
        assert not Mailbox.objects.filter(closed_at=None).exists()
        assert Subscription.objects.get(name=ADDRESS).state == "terminated"
        said = Feedback.objects.get()
    assert (said.comment, said.product_type, said.user_id, said.organization_id) == (
        "Too small",
        "free-mailbox",
        None,
        None,
    )
    assert close(client, mailbox) == 404
    assert "You have no free mailbox" in client.get("/profile/mailboxes/free/").content.decode()
    assert client.post("/profile/closing/", {"password": people.PASSWORD}).status_code == 302


def test_nobody_else_closes_it_and_one_that_costs_something_is_its_organizations(ada, mailbox):
    paid = hold(mailbox.organization, ada, "personal-mail", "ada.rossi@mail.example")

    assert close(browser(people.person("eve@x.example")), mailbox) == 404
    assert close(browser(ada), paid) == 404
    assert "ada.rossi" not in browser(ada).get("/profile/closing/").content.decode()
