"""One's organizations: settings, policy, the list of all, a further one, and clients."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from plancia.kernel import clock, transaction
from plancia.kernel.actors import SYSTEM
from plancia.organizations import editing, granting, membership
from plancia.organizations.granting import Grant, Subject
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Right, Role
from tests import people
from tests.web import shapes
from tests.web.members.test_members_pages import browser
from tests.web.test_console import queries as cost

FORM = {
    "kind": "company",
    "name": "Aurora Nuova Srl",
    "street": "Via Dante",
    "postcode": "20121",
    "city": "Milano",
    "country": "IT",
    "language": "it",
    "billing_email": "soldi@aurora.example",
    "more_billing_emails": "a@aurora.example\nb@aurora.example",
}


@pytest.fixture
def aurora(db) -> Organization:
    return people.aurora(people.person("ada@aurora.example", "Ada"))


@pytest.fixture
def ada(aurora) -> Client:
    return browser(Membership.objects.using("staff").get(role="owner").user)


def test_the_organization_is_changed_and_mistakes_are_told_at_the_field(ada, aurora):
    page = f"/o/{aurora.public_id}/settings/organization/"

    shown = ada.get(page).content.decode()
    changed = ada.post(page, FORM)
    wrong = ada.post(page, FORM | {"vat_number": "IT 1", "name": "Zoë"})

    assert "Aurora Srl" in shown
    assert changed.status_code == 302
    assert wrong.status_code == 422
    assert "is not a VAT number" in wrong.content.decode()
    assert 'value="Zoë"' in wrong.content.decode()
    with transaction.as_staff():
        aurora.refresh_from_db()
    assert (aurora.name, len(aurora.more_billing_emails)) == ("Aurora Nuova Srl", 2)


def test_a_product_binds_the_currency_and_the_page_says_so(ada, aurora):
    at = clock.now()
    shapes.catalogue(at)
    shapes.products(aurora, 1, at=at)

    answer = ada.post(f"/o/{aurora.public_id}/settings/organization/", FORM | {"country": "CH"})

    assert answer.status_code == 422
    assert "CHF" in answer.content.decode()


def test_a_second_factor_is_asked_for_and_after_the_grace_nothing_opens_without(ada, aurora):
    home, policy = f"/o/{aurora.public_id}/", f"/o/{aurora.public_id}/settings/security/"
    ben = people.member(aurora, people.person("ben@aurora.example", "Ben", "Rossi"), Role.EXTERNAL)
    his = browser(ben.user)

    shown = ada.get(policy).content.decode()
    ada.post(policy, {"is_required": "on", "grace_days": "7"})
    warned = his.get(home)
    with clock.at(clock.now() + timedelta(days=8)):
        late = his.get(home)
        Authenticator.objects.create(user=ben.user, type=Authenticator.Type.TOTP, data={"secret": "x"})
        mended = his.get(home)
        hers = ada.get(home)
    ada.post(policy, {"grace_days": "7"})

    assert "Ben Rossi" in shown
    assert (warned.status_code, "asks for a second factor" in warned.content.decode()) == (200, True)
    assert (late.status_code, "A second factor is needed" in late.content.decode()) == (403, True)
    assert (mended.status_code, hers.status_code) == (200, 403)
    with clock.at(clock.now() + timedelta(days=30)):
        assert ada.get(home).status_code == 200


def test_who_joins_later_has_the_same_time(ada, aurora):
    with transaction.as_staff():
        editing.require_second_factor(organization_id=aurora.pk, grace_days=7, actor=SYSTEM, at=people.MORNING)
        joined = membership.add(
            organization_id=aurora.pk,
            user=people.person("ben@aurora.example"),
            role=Role.EXTERNAL,
            actor=SYSTEM,
            at=clock.now(),
        )

    assert browser(joined.user).get(f"/o/{aurora.public_id}/").status_code == 200
    assert ada.get(f"/o/{aurora.public_id}/").status_code == 403


def test_a_further_organization_is_founded(ada):
    wrong = ada.post("/organizations/new/", FORM | {"name": " "})
    founded = ada.post("/organizations/new/", FORM | {"name": "Seconda Srl", "country": "CH"})

    assert wrong.status_code == 422
    assert ada.get(founded.url).status_code == 200
    assert Organization.objects.using("staff").get(name="Seconda Srl").currency == "CHF"


def test_two_hundred_organizations_are_found_by_name_and_the_picker_stays_short(ada, aurora):
    home = f"/o/{aurora.public_id}/"
    few = cost(ada, home), cost(ada, "/organizations/"), cost(ada, "/clients/")
    owner = Membership.objects.using("staff").get(role="owner").user
    with transaction.as_staff():
        made = Organization.objects.bulk_create(
            Organization(
                name=f"Client {number:03}",
                kind="company",
                currency="CHF",
                recipient="x",
                country="CH",
                created_at=people.MORNING,
            )
            for number in range(200)
        )
        Membership.objects.bulk_create(
            Membership(organization=one, user=owner, role=Role.ADMINISTRATOR, is_partner=True, joined_at=people.MORNING)
            for one in made
        )

    page = ada.get(home).content.decode()
    found = ada.get("/organizations/", {"q": "client 137"}).content.decode()

    assert page.count("Client ") < 10
    assert f'href="{home}" aria-current="true"' in page
    assert "201" in page
    assert ("Client 137" in found, "Client 138" in found) == (True, False)
    assert ada.get("/organizations/", {"page": 9}).status_code == 200
    assert (cost(ada, home), cost(ada, "/organizations/")) == few[:2]
    assert cost(ada, "/clients/") == few[2] + 2 <= 10  # nobody asks for the rows of no clients


def test_my_clients_say_what_is_due_expiring_and_broken_and_nothing_of_others(aurora):
    at = clock.now()
    shapes.catalogue(at)
    shapes.products(aurora, 20, at=at)
    borea = people.borea(people.person("ben@borea.example"))
    shapes.products(borea, 10, at=at)
    chiara = people.person("chiara@studio.example", "Chiara")
    with transaction.as_staff():
        for organization, role in ((aurora, Role.ADMINISTRATOR), (borea, Role.EXTERNAL)):
            joined = membership.add(
                organization_id=organization.pk, user=chiara, role=role, is_partner=True, actor=SYSTEM, at=at
            )
        wanted = {Subject(product_type="domain-name"): Grant(Right.VIEW)}
        granting.settle(holder=joined, wanted=wanted, actor=SYSTEM, at=at)
    people.company(chiara, "Studio Chiara", country="CH")

    page = browser(chiara).get("/clients/").content.decode()

    assert "Aurora Srl" in page
    assert "Borea AG" in page
    assert "Studio Chiara" not in page
    assert "broken" in page
    rows = page.split("<tr>")[2:]
    assert [row.split('class="table__number"')[1].split(">")[1].split("<")[0] for row in rows] == ["20", "1"]


def test_an_ended_partner_finds_no_client(aurora):
    chiara = people.person("chiara@studio.example", "Chiara")
    with transaction.as_staff():
        joined = membership.add(
            organization_id=aurora.pk,
            user=chiara,
            role=Role.ADMINISTRATOR,
            is_partner=True,
            actor=SYSTEM,
            at=clock.now(),
        )
    hers = browser(chiara)
    before = "Aurora Srl" in hers.get("/clients/").content.decode()
    owner = browser(Membership.objects.using("staff").get(role="owner").user)

    owner.post(f"/o/{aurora.public_id}/settings/members/{joined.public_id}/removal/")

    assert before
    assert "Aurora Srl" not in hers.get("/clients/").content.decode()
    assert hers.get(f"/o/{aurora.public_id}/").status_code == 404
