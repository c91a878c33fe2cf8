"""What a real mail server makes of it: Dovecot on loopback lets in whom it should, and nobody else."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from plancia.accounts.models import ApplicationPassword, User
from plancia.catalog.models import Category, Plan, Price, ProductType
from plancia.kernel import clock, transaction
from plancia.mailboxes import keeping
from plancia.mailboxes.models import Mailbox, MailDomain
from plancia.organizations.models import Organization
from plancia.organizations.roles import Role
from plancia.outbox import delivery
from plancia.provisioning.states import Presence
from plancia.subscriptions import activation, suspension
from plancia.subscriptions.models import Subscription
from tests import conftest, people
from tests.mailboxes import dovecot
from tests.mailboxes.dovecot import Dovecot
from tests.people import PASSWORD

pytestmark = pytest.mark.slow

LETTER, NEW = "a letter every morning", "seven quiet lanterns above"
ADA, LEO = "ada@aurora.example", "leo@aurora.example"


@pytest.fixture(scope="module")
def server(django_db_setup) -> Iterator[Dovecot]:
    """One for all: it keeps nothing between tests."""
    with dovecot.running(str(conftest.CLUSTER.run), conftest.NAME) as server:
        yield server


@pytest.fixture
def ada(db) -> User:
    return people.person(ADA, "Ada", "Rossi", language="en")


@pytest.fixture
def aurora(ada) -> Organization:
    return people.aurora(ada)


@pytest.fixture
def product(aurora) -> Subscription:
    """Aurora's e-mail service with three mailboxes."""
    at = clock.now()
    with transaction.as_staff(), transaction.atomic():
        category = Category.objects.create(code="email", position=1, names={"en": "E-mail"}, icon="mail")
        type_ = ProductType.objects.create(
            code="email-service",
            category=category,
            position=1,
            names={"en": "E-mail service"},
            summaries={},
            icon="mails",
            driver="rehearsal",
            settings=[{"key": "domain", "kind": "domain", "names": {"en": "Domain"}}],
        )
        plan = Plan.objects.create(
            code="email-start", product_type=type_, position=1, names={"en": "Start"}, specification={"mail": "domain"}
        )
        price = Price.objects.create(
            plan=plan, currency=aurora.currency, months=12, version=1, amount_minor=1500, valid_from=at
        )
        taken = activation.take(
            organization_id=aurora.pk,
            plan=plan,
            price=price,
            months=12,
            quantity=3,
            choices={"domain": "aurora.example"},
            name="aurora.example",
            at=at,
        )
        activation.settle(subscription_id=taken.pk, presence=Presence.RUNNING, at=at)
        MailDomain.objects.create(organization_id=aurora.pk, domain="aurora.example", proven_at=at)
    tell()
    return taken


@pytest.fixture
def client(product) -> Client:
    """Ada's browser; she has opened her own mailbox and Leo's, each with the same password."""
    client = Client()
    client.post("/account/sign-in/", {"login": ADA, "password": PASSWORD})
    for local in ("ada", "leo"):
        response = client.post(f"{_place(client)}new/", {"local": local, "name": local.title(), "new_password": LETTER})
        assert response.status_code == 302, response.content.decode()
    with transaction.as_staff():
        mailbox = Mailbox.objects.get(address=ADA)
    page = client.get(f"{_place(client)}{mailbox.public_id}/user/").content.decode()
    membership = re.search(r'value="(mem_\w+)"[^>]*>Ada', page)
    assert membership
    assert client.post(f"{_place(client)}{mailbox.public_id}/user/", {"user": membership.group(1)}).status_code == 302
    return client


def _place(client: Client) -> str:
    with transaction.as_staff():
        product = Subscription.objects.select_related("organization").get()
    return f"/o/{product.organization.public_id}/products/{product.public_id}/mailboxes/"


def tell() -> None:
    with transaction.as_staff():
        delivery.tell_untold(at=clock.now() + timedelta(minutes=5))


def test_a_mailbox_is_opened_with_its_password_and_no_other(server, client):
    assert server.opens(ADA, LETTER)
    assert server.opens("Leo@Aurora.example", LETTER)
    assert not server.opens(ADA, PASSWORD)
    assert not server.opens(ADA, "")
    assert not server.opens("nobody@aurora.example", LETTER)
    assert not server.opens(ADA, "' or '1'='1")


def test_one_password_for_both_changes_both_at_once_and_no_other_mailbox(server, client):
    """The first sign-in after the answer is right already: nothing stands between the server and the database."""
    assert server.opens(ADA, LETTER)
    response = client.post("/profile/password/", {"password": PASSWORD, "new_password": NEW, "mailbox": "unify"})
    answered = time.monotonic()
    assert response.status_code == 302, response.content.decode()

    assert not server.opens(ADA, LETTER)
    assert server.opens(ADA, NEW)
    print(f"\nmailboxes: the old password failed and the new one worked {time.monotonic() - answered:.3f} s later")
    assert server.opens(LEO, LETTER)
    assert "auth_cache_size = 0" in (dovecot.EXAMPLE / "dovecot.conf").read_text()

    # Every later password of the account follows, by whichever page.
    client.post("/profile/password/", {"password": NEW, "new_password": f"{NEW} again", "mailbox": "unify"})
    assert server.opens(ADA, f"{NEW} again")


def test_separate_passwords_stay_separate(server, client):
    client.post("/profile/password/", {"password": PASSWORD, "new_password": NEW, "mailbox": "separate"})

    assert User.objects.get(email=ADA).check_password(NEW)
    assert server.opens(ADA, LETTER)
    assert not server.opens(ADA, NEW)


def test_the_password_of_a_mailbox_changes_alone(server, client):
    with transaction.as_staff():
        mailbox = Mailbox.objects.get(address=ADA)

    assert client.post(f"/profile/mailboxes/{mailbox.public_id}/password/", {"new_password": NEW}).status_code == 302

    assert server.opens(ADA, NEW) and not server.opens(ADA, LETTER)
    assert server.opens(LEO, LETTER)
    assert User.objects.get(email=ADA).check_password(PASSWORD)


def test_an_application_password_opens_the_mailboxes_of_its_user_until_it_is_taken_back(server, client):
    client.post("/profile/applications/passwords/new/", {"name": "Thunderbird"})
    page = client.get("/profile/applications/").content.decode()
    (made,) = re.findall(r'data-text="([a-z2-8]{20})"', page)
    assert made not in client.get("/profile/applications/").content.decode()

    assert not server.opens(ADA, made[:19] + ("a" if made[19] != "a" else "b"))
    assert _used() is None
    assert server.opens(ADA, made)
    assert _used() is not None
    assert server.opens(ADA, LETTER)
    assert not server.opens(LEO, made)

    with transaction.as_staff():
        key = ApplicationPassword.objects.get().public_id
    client.post(f"/profile/applications/passwords/{key}/removal/")
    assert not server.opens(ADA, made)


def test_a_suspended_product_serves_no_mailbox_and_a_terminated_one_has_none(server, client, product):
    at = clock.now()
    with transaction.as_staff(), transaction.atomic():
        held = Subscription.objects.get()
        held.suspend(reason=suspension.Reason.UNPAID)
        held.save()
        keeping.follow(product_id=product.pk, at=at)
    assert not server.opens(ADA, LETTER)

    with transaction.as_staff(), transaction.atomic():
        held = Subscription.objects.get()
        held.activate(at=at)
        held.save()
        keeping.follow(product_id=product.pk, at=at)
    assert server.opens(ADA, LETTER)

    with transaction.as_staff(), transaction.atomic():
        held = Subscription.objects.get()
        held.terminate(reason=suspension.Reason.CANCELLED, at=at)
        held.save()
        keeping.follow(product_id=product.pk, at=at)
        assert not Mailbox.objects.filter(closed_at=None).exists()
    assert not server.opens(ADA, LETTER)


def test_addresses_are_taken_once_and_not_more_than_were_ordered(client):
    place = _place(client)

    again = client.post(f"{place}new/", {"local": "ADA", "new_password": LETTER})
    assert "exists already" in again.content.decode()
    weak = client.post(f"{place}new/", {"local": "mia", "new_password": "aaaaaaaaaaaa"})
    assert weak.status_code == 422 and 'value="mia"' in weak.content.decode()
    assert client.post(f"{place}new/", {"local": "mia", "new_password": LETTER}).status_code == 302
    full = client.post(f"{place}new/", {"local": "zoe", "new_password": LETTER})
    assert "All 3 mailboxes" in full.content.decode()


def test_others_see_and_change_no_mailbox(client, aurora):
    leo = people.person("leo@elsewhere.example")
    people.member(aurora, leo, Role.COLLABORATOR)
    theirs = Client()
    theirs.post("/account/sign-in/", {"login": leo.email, "password": PASSWORD})
    with transaction.as_staff():
        mailbox = Mailbox.objects.get(address=ADA)

    own = f"/profile/mailboxes/{mailbox.public_id}/password/"
    for path in (_place(client), f"{_place(client)}{mailbox.public_id}/password/", own):
        assert theirs.get(path).status_code == 404, path


def _used() -> object:
    with transaction.as_staff():
        return ApplicationPassword.objects.get().last_used_at
