from __future__ import annotations

import re

import pytest
from django.test import Client, RequestFactory

from plancia.accounts.models import User
from plancia.kernel import ids, transaction
from plancia.kit import guards
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Role
from tests.people import aurora, borea, member, person


@pytest.fixture
def pages(db, settings) -> None:
    settings.ROOT_URLCONF = "tests.web.guarded_urls"


@pytest.fixture
def ada(pages) -> User:
    return person("ada@example.com")


def browser(user: User | None = None, **defaults: object) -> Client:
    client = Client(**defaults)
    if user:
        client.force_login(user)
    return client


def test_an_open_page_is_open(pages):
    response = browser().get("/t/open/")

    assert response.content == b"open"
    assert "Cache-Control" not in response.headers


def test_an_open_page_that_knows_who_asks_is_kept_by_nobody(ada):
    assert browser(ada).get("/t/open/").headers["Cache-Control"] == "private, no-store"


def test_a_stranger_is_sent_to_sign_in_and_back(pages):
    for path in ("/t/mine/?a=1&b=ü", "/t/staff/", "/t/o/org_01/"):
        response = browser().get(path)

        assert response.status_code == 302
        assert response.url.startswith("/account/sign-in/?next=/t/")


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(pages):
    response = browser().post("/t/mine/", HTTP_REFERER="http://testserver/t/open/?page=2")

    assert response.url == "/account/sign-in/?next=/t/open/%3Fpage%3D2"


def test_another_sites_page_is_no_place_to_lead_back_to(pages):
    response = browser().post("/t/mine/", HTTP_REFERER="https://evil.example/t/open/")

    assert response.url == "/account/sign-in/?next=/"


def test_a_fragments_request_sends_the_whole_page_to_sign_in(pages):
    response = browser().get(
        "/t/mine/", HTTP_HX_REQUEST="true", HTTP_HX_CURRENT_URL="http://testserver/o/org_1/products/"
    )

    assert response.headers["HX-Redirect"] == "/account/sign-in/?next=/o/org_1/products/"


def test_a_member_enters_her_organization_and_the_database_shows_no_other(ada):
    mine = aurora(ada)
    borea(person("ben@example.com"))

    response = browser(ada).get(f"/t/o/{mine.public_id}/")

    assert response.content.decode() == "owner of Aurora Srl sees Aurora Srl"
    assert response.headers["Cache-Control"] == "private, no-store"


def test_what_is_none_of_ones_own_does_not_exist(ada):
    aurora(ada)
    other = borea(person("ben@example.com"))
    client = browser(ada)

    answers = [
        client.get(f"/t/o/{org}/").status_code
        for org in (other.public_id, ids.public("org", ids.new()), ids.public("sub", other.pk), "org_", "x" * 500, "🙂")
    ]

    assert answers == [404] * 6


def test_the_page_of_another_is_the_same_as_the_page_of_nobody(ada):
    other = borea(person("ben@example.com"))
    client = browser(ada)

    nobody = ids.public("org", ids.new())
    taken, free = (
        re.sub(f'{org}|value="[^"]{{64}}"', "", client.get(f"/t/o/{org}/").content.decode())
        for org in (other.public_id, nobody)
    )

    assert taken == free


def test_a_collaborator_without_billing_is_told_so(ada):
    organization = aurora(ada)
    ben, eva = person("ben@example.com"), person("eva@example.com")
    member(organization, ben, Role.COLLABORATOR)
    member(organization, eva, Role.COLLABORATOR, has_billing=True)

    refused, allowed = (browser(who).get(f"/t/o/{organization.public_id}/accounting/") for who in (ben, eva))

    assert refused.status_code == 403
    assert "Your role does not include it" in refused.content.decode()
    assert allowed.content == b"accounting"


def test_a_removed_member_is_refused_at_the_next_request(ada):
    organization = aurora(ada)
    ben = person("ben@example.com")
    joined = member(organization, ben, Role.ADMINISTRATOR)
    client = browser(ben)
    assert client.get(f"/t/o/{organization.public_id}/").status_code == 200

    with transaction.as_staff():
        Membership.objects.filter(pk=joined.pk).delete()

    assert client.get(f"/t/o/{organization.public_id}/").status_code == 404


def test_one_request_leaves_nothing_for_the_next(ada):
    """The setting dies with the transaction: another user on the same connection sees his own."""
    mine, ben = aurora(ada), person("ben@example.com")
    theirs = borea(ben)

    first = browser(ada).get(f"/t/o/{mine.public_id}/").content.decode()
    second = browser(ben).get("/t/mine/").content.decode()

    assert (first, second) == ("owner of Aurora Srl sees Aurora Srl", theirs.name)


def test_the_back_office_sees_every_organization(ada):
    aurora(ada), borea(ada)
    clerk = person("clerk@example.com", is_staff=True)

    assert browser(clerk).get("/t/staff/").content == b"Aurora Srl,Borea AG"
    assert browser(clerk).get("/t/principal/").content == b"default"


def test_staff_without_the_duty_are_told_so(ada):
    clerk = person("clerk@example.com", is_staff=True, staff_roles=["catalogue"])

    answer = browser(clerk).get("/t/staff/")

    assert answer.status_code == 403
    assert "See customers" in answer.content.decode()


def test_for_others_the_back_office_does_not_exist(ada):
    assert browser(ada).get("/t/staff/").status_code == 404


def test_what_staff_write_is_written(ada):
    aurora(ada)
    clerk = person("clerk@example.com", is_staff=True)

    browser(clerk).post("/t/staff/")

    with transaction.as_staff():
        assert Organization.objects.get().city == "Bern"


@pytest.mark.parametrize(("query", "status", "words"), [("", 409, "tired"), ("?name", 422, "This is not a name.")])
def test_a_refusal_becomes_a_page_that_says_why_and_undoes_what_was_written(ada, query, status, words):
    response = browser(ada).post(f"/t/refusing/{query}")

    assert response.status_code == status
    assert words in response.content.decode()
    assert "<b>Ada</b>" not in response.content.decode()
    assert User.objects.get(pk=ada.pk).first_name == "Ada"


def test_a_defect_becomes_the_page_that_admits_it_and_undoes_what_was_written(ada, caplog):
    client = browser(ada, raise_request_exception=False)

    response = client.post("/t/broken/")

    assert response.status_code == 500
    assert "on our side" in response.content.decode()
    assert User.objects.get(pk=ada.pk).first_name == "Ada"


@pytest.mark.parametrize(
    ("is_behind_proxy", "expected"), [(False, "10.0.0.9"), (True, "203.0.113.7")], ids=["directly", "behind a proxy"]
)
def test_an_address_is_believed_only_from_our_proxy(settings, is_behind_proxy, expected):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if is_behind_proxy else None
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.7")

    assert guards.client_ip(request) == expected
