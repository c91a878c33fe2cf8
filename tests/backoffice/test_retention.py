"""Retention in the back office: what a night would erase, what it did, and what is held back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plancia.accounts.models import User
from plancia.kernel import clock, transaction
from plancia.leaving import jobs
from plancia.leaving.models import LegalHold, RetentionRun
from plancia.notices.models import Message
from plancia.organizations.models import Organization
from tests import people
from tests.web.test_console import browser, queries


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@aurora.example", "Ada", "Rossi")


@pytest.fixture
def aurora(ada) -> Organization:
    return people.aurora(ada)


@pytest.fixture
def nora(db) -> Client:
    return browser(people.person("nora@provider.example", is_staff=True, staff_roles=["admin"]))


def write(number: int, aurora: Organization) -> None:
    with transaction.as_staff():
        Message.objects.bulk_create(
            Message(
                organization_id=aurora.pk,
                sender="us@provider.example",
                recipients=["ada@aurora.example"],
                subject="Hello",
                text="Dear Ada",
                written_at=clock.now() - timedelta(days=400),
            )
            for _place in range(number)
        )


def test_staff_see_what_a_night_would_erase_and_what_it_did(aurora, nora):
    write(3, aurora)
    page = nora.get("/staff/retention/rules/").content.decode()
    assert "3 rows would be erased now" in page and "GDPR art. 5" in page and "DE: 8" in page
    assert "No night yet" in nora.get("/staff/retention/").content.decode()

    jobs.erase_past()

    with transaction.as_staff():
        (run,) = RetentionRun.objects.all()
    page = nora.get("/staff/retention/").content.decode()
    assert f"/staff/retention/{run.public_id}/" in page and "Done" in page
    page = nora.get(f"/staff/retention/{run.public_id}/").content.decode()
    assert "notices_message" in page and "Mails that we wrote" in page
    assert nora.get("/staff/retention/rtr_nonsense/").status_code == 404
    assert "0 rows would be erased now" in nora.get("/staff/retention/rules/").content.decode()


def test_the_pages_cost_the_same_for_one_night_and_for_fifty(aurora, nora):
    pages = ("/staff/retention/", "/staff/retention/holds/")
    jobs.erase_past()
    nora.post(f"/staff/organizations/{aurora.public_id}/hold/", {"reason": "A claim"})
    before = [queries(nora, page) for page in pages]

    with transaction.as_staff():
        RetentionRun.objects.bulk_create(RetentionRun(started_at=clock.now()) for _place in range(49))
        LegalHold.objects.bulk_create(
            LegalHold(organization=aurora, reason="x", started_at=clock.now(), started_by="N") for _place in range(49)
        )

    assert [queries(nora, page) for page in pages] == before and max(before) <= 10


def test_staff_hold_an_organization_back_and_its_owner_is_told_but_not_why(ada, aurora, nora):
    place, deletion = f"/staff/organizations/{aurora.public_id}/hold/", f"/o/{aurora.public_id}/settings/organization/"
    assert place in nora.get(f"/staff/organizations/{aurora.public_id}/").content.decode()
    assert nora.post(place, {"reason": " "}).status_code == 422
    wrong = nora.post(place, {"reason": "Tribunale di Milano, 123/26", "last_on": "2001-01-01"})
    assert wrong.status_code == 422 and "Tribunale di Milano" in wrong.content.decode()
    assert nora.post(place, {"reason": "Tribunale di Milano, 123/26"}).status_code == 302
    assert nora.post(place, {"reason": "Again"}).status_code == 422
    assert "Tribunale di Milano" in nora.get("/staff/retention/holds/").content.decode()

    owner = browser(ada)
    page = owner.get(f"{deletion}deletion/").content.decode()
    assert "We have to keep it for now" in page and "Milano" not in page and "It cannot be undone" not in page
    wish = {"do": "delete", "name": aurora.name, "password": people.PASSWORD}
    refused = owner.post(f"{deletion}deletion/", wish)
    assert refused.status_code == 422 and "because the law wants it" in refused.content.decode()

    with transaction.as_staff():
        (hold,) = LegalHold.objects.all()
    for said in ("The legal hold is over", "over already"):
        nora.post(f"/staff/retention/holds/{hold.public_id}/end/")
        assert said in nora.get("/staff/retention/holds/").content.decode()
    assert "It cannot be undone" in owner.get(f"{deletion}deletion/").content.decode()


def test_staff_hold_a_user_back_and_her_account_is_not_closed(ada, nora):
    assert f"/staff/users/{ada.public_id}/hold/" in nora.get(f"/staff/users/{ada.public_id}/").content.decode()
    assert nora.post(f"/staff/users/{ada.public_id}/hold/", {"reason": "A claim"}).status_code == 302

    page = browser(ada).get("/profile/closing/").content.decode()

    assert "We have to keep your data for now" in page and "A claim" not in page
    assert browser(ada).post("/profile/closing/", {"password": people.PASSWORD}).status_code == 422


def test_only_administrators_of_the_staff_see_it(aurora):
    bill = browser(people.person("bill@provider.example", is_staff=True, staff_roles=["billing", "support"]))

    assert bill.get("/staff/retention/").status_code == 403
    assert bill.post(f"/staff/organizations/{aurora.public_id}/hold/", {"reason": "x"}).status_code == 403
    assert "/hold/" not in bill.get(f"/staff/organizations/{aurora.public_id}/").content.decode()
