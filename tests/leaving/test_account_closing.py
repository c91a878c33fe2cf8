from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from django.test import Client

from plancia.accounts.models import Activity, ApplicationPassword, Closure, Export, User
from plancia.kernel import clock, transaction
from plancia.leaving import account_closing, account_export
from plancia.notices.models import Message
from plancia.organizations.models import Membership
from plancia.organizations.roles import Role
from plancia.outbox import delivery
from plancia.support.models import Feedback
from tests import people
from tests.people import PASSWORD

NEW = "seven quiet lanterns above"


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@example.com", "Ada", "Rossi", language="en")


@pytest.fixture
def client(ada) -> Client:
    return sign_in(ada.email)


def sign_in(email: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/account/sign-in/", {"login": email, "password": password})
    return client


def close_due(*, days: int) -> int:
    with transaction.as_staff():
        return account_closing.close_due(at=clock.now() + timedelta(days=days))


def test_the_last_owner_of_an_organization_cannot_close_the_account_and_sees_why(client, ada):
    aurora = people.aurora(ada)
    page = client.get("/profile/closing/").content.decode()
    assert aurora.name in page and "its last owner" in page and 'type="password"' not in page
    for what in ("settings/organization/deletion/", "settings/members/"):
        assert f"/o/{aurora.public_id}/{what}" in page

    refused = client.post("/profile/closing/", {"password": PASSWORD})

    assert refused.status_code == 422 and not Closure.objects.exists()
    # The list is live: another owner, and the way is free.
    people.member(aurora, people.person("leo@example.com"), Role.OWNER)
    assert "can be closed" in client.get("/profile/closing/").content.decode()


def test_an_account_closes_after_thirty_days_and_names_nobody_any_more(client, ada, superuser):
    aurora = people.aurora(people.person("leo@example.com"))
    people.member(aurora, ada, Role.COLLABORATOR)
    client.post("/profile/applications/passwords/new/", {"name": "Thunderbird"})
    assert "goes on with its other owners" in client.get("/profile/closing/").content.decode()
    said = {"password": PASSWORD, "cause": "too_expensive", "comment": "Farewell"}
    assert client.post("/profile/closing/", said).status_code == 302

    assert close_due(days=29) == 0
    assert client.get("/profile/").status_code == 200
    assert close_due(days=31) == 1
    assert close_due(days=31) == 0

    with transaction.as_staff():
        delivery.tell_untold(at=clock.now() + timedelta(days=32))
        good_bye = Message.objects.filter(subject="Your account is closed").values_list("recipients", flat=True)
        assert list(good_bye) == [["ada@example.com"]]
    assert client.get("/profile/").status_code == 302
    assert sign_in(ada.email).get("/profile/").status_code == 302
    with transaction.as_staff():
        closed = User.objects.get(pk=ada.pk)
        assert (closed.first_name, closed.last_name, closed.is_active) == ("", "", False)
        assert not Membership.objects.filter(user=ada).exists()
        assert not Activity.objects.filter(user=ada).exists()
        assert set(Feedback.objects.values_list("occasion", "comment", "user_id")) == {
            ("account_closed", "Farewell", None)
        }
        assert ApplicationPassword.objects.get(user=ada).revoked_at
    tables = superuser.execute(
        "select quote_ident(table_name), quote_ident(column_name) from information_schema.columns"
        " where table_schema = 'public' and data_type in ('character varying', 'text')"
        " and (table_name like 'accounts_%' or table_name like 'account_%' or table_name like 'mfa_%')"
    ).fetchall()
    for table, column in tables:
        found = superuser.execute(f"select count(*) from {table} where {column} like '%ada@example.com%'").fetchone()
        assert found == (0,), (table, column)


def test_whoever_changes_her_mind_keeps_the_account(client, ada):
    client.post("/profile/closing/", {"password": PASSWORD})
    assert "change your mind" in client.get("/profile/data/").content.decode()

    client.post("/profile/closing/withdrawal/")

    assert close_due(days=60) == 0
    assert client.get("/profile/").status_code == 200


def test_whoever_became_a_last_owner_meanwhile_stays(client, ada):
    client.post("/profile/closing/", {"password": PASSWORD})
    people.aurora(ada)

    assert close_due(days=31) == 0
    assert User.objects.get(pk=ada.pk).is_active


def test_closing_asks_for_the_password(client, ada):
    assert "not your password" in client.post("/profile/closing/", {"password": "no"}).content.decode()
    assert not Closure.objects.exists()


def test_an_archive_of_ones_data_is_made_by_a_job_that_tells_how_far_it_is(client, ada):
    people.aurora(ada)
    client.post("/profile/data/export/")
    client.post("/profile/data/export/")
    with transaction.as_staff():
        (export,) = Export.objects.all()
    page = client.get("/profile/data/").content.decode()
    assert "being made" in page and 'max="8"' in page and 'value="0"' in page
    assert client.get(f"/profile/data/export/{export.public_id}/").status_code == 404

    account_export.make(export.pk, at=clock.now())

    (place,) = re.findall(r'href="(/profile/data/export/exp_\w+/)"', client.get("/profile/data/").content.decode())
    archive = zipfile.ZipFile(io.BytesIO(client.get(place).content))
    parts = {name: json.loads(archive.read(name)) for name in archive.namelist()}
    assert {name.removesuffix(".json") for name in parts} == set(account_export.PARTS)
    assert parts["person.json"]["login_email"] == ada.email
    assert parts["organizations.json"][0]["name"] == "Aurora Srl"
    assert parts["activity.json"][0]["action"] == "signed_in_from_new_device"
    assert "password" not in json.dumps(parts["person.json"])
    people.person("leo@example.com")
    assert sign_in("leo@example.com").get(place).status_code == 404
    with clock.at(clock.now() + timedelta(days=8)):
        assert client.get(place).status_code in (302, 404)


def test_a_leaked_password_is_answered_in_one_step(client, ada):
    elsewhere = sign_in(ada.email)
    client.post("/profile/applications/passwords/new/", {"name": "Thunderbird"})
    aurora = people.aurora(ada)
    client.post(
        "/profile/applications/tokens/new/",
        {"name": "x", "organization": aurora.public_id, "scopes": ["products:read"], "days": 9},
    )

    response = client.post("/profile/leak/", {"password": PASSWORD, "new_password": NEW})

    assert response.headers["Location"] == "/profile/leak/done/"
    assert "Recovery e-mail" in client.get("/profile/leak/done/").content.decode()
    assert elsewhere.get("/profile/").status_code == 302
    page = client.get("/profile/applications/").content.decode()
    assert "Thunderbird" not in page and "tok_" not in page
    assert User.objects.get().check_password(NEW)
