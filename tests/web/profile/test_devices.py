from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.adapter import get_adapter
from allauth.core import context as allauth_context
from django.core import signing
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client

from plancia.accounts.activity import Action
from plancia.accounts.models import Activity
from plancia.kernel import clock, transaction
from plancia.outbox import delivery
from tests import people
from tests.people import PASSWORD
from tests.web.profile.conftest import sign_in


def tell() -> None:
    with transaction.as_staff():
        delivery.tell_untold(at=clock.now() + timedelta(minutes=5))


def test_sessions_are_listed_and_ended_one_by_one_or_all(client, ada):
    second, third = sign_in(ada.email), sign_in(ada.email)
    page = client.get("/profile/devices/").content.decode()
    assert page.count("Firefox · Linux") >= 3 and page.count("This device") == 1

    (one, _other) = (row for row in client.get("/profile/devices/").context["rows"] if not row.is_current)
    client.post(f"/profile/devices/{one.id}/end/")

    assert [one.get("/profile/").status_code for one in (second, third)].count(302) == 1
    client.post("/profile/devices/end/")
    assert [one.get("/profile/").status_code for one in (client, second, third)] == [200, 302, 302]


def test_nobody_ends_the_session_of_another(client, ada):
    leo = people.person("leo@example.com")
    theirs = sign_in(leo.email)
    page = theirs.get("/profile/devices/")
    (row,) = page.context["rows"]

    client.post(f"/profile/devices/{row.id}/end/")

    assert theirs.get("/profile/").status_code == 200


def test_a_new_device_is_told_by_mail_and_a_known_one_is_not(ada, mails):
    client = sign_in(ada.email)
    tell()
    assert ["new device" in mail.subject for mail in mails(ada.email)] == [True]

    client.post("/account/sign-out/")
    sign_in(ada.email, client=client)
    tell()

    assert len(mails(ada.email)) == 1


def test_alerts_can_be_turned_off(client, ada, mails):
    client.post("/profile/security/alerts/", {"wanted": "no"})
    tell()
    before = len(mails(ada.email))
    sign_in(ada.email)
    tell()

    assert len(mails(ada.email)) == before


def test_a_device_remembers_the_accounts_that_signed_in_on_it(client, ada):
    people.person("leo@example.com", "Leo", "Neri")
    client.post("/account/sign-out/")
    sign_in("leo@example.com", client=client)
    client.post("/account/sign-out/")

    page = client.get("/account/sign-in/").content.decode()
    assert "Ada Rossi" in page and "Leo Neri" in page and 'value="leo@example.com"' in page
    chosen = client.get(f"/account/sign-in/?account={ada.public_id}").content.decode()
    assert 'value="ada@example.com"' in chosen

    client.post("/account/sign-in/forget/", {"account": ada.public_id})
    assert "Ada Rossi" not in client.get("/account/sign-in/").content.decode()
    assert "Leo Neri" not in Client().get("/account/sign-in/").content.decode()


def test_a_made_up_device_is_none(ada):
    client = Client()
    client.cookies["device"] = signing.dumps({"id": "x", "accounts": [ada.public_id]}, salt="another")

    assert "Ada Rossi" not in client.get("/account/sign-in/").content.decode()


def test_a_thousand_wrong_passwords_lock_the_guesser_and_tell_the_owner_whose_device_stays_open(ada, mails, settings):
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {"login": "100000/m/ip", "login_failed": "100000/m/ip,5/300s/key"}
    owner = sign_in(ada.email)
    owner.post("/account/sign-out/")

    guesser = Client()
    for number in range(20):
        response = guesser.post("/account/sign-in/", {"login": "Ada@example.com", "password": f"guess {number}"})
        assert response.status_code == 200
    # What the page asks of the engine, without the page around it, which is the same a thousand times.
    with transaction.atomic(), allauth_context.request_context(response.wsgi_request):
        for number in range(20, 1000):
            with pytest.raises(ValidationError):
                get_adapter().authenticate(response.wsgi_request, email=ada.email, password=f"guess {number}")
    locked = guesser.post("/account/sign-in/", {"login": ada.email, "password": PASSWORD})

    assert "Too many attempts" in locked.content.decode()
    with transaction.as_staff():
        written = list(Activity.objects.filter(user=ada).values_list("action", flat=True))
    assert written.count(Action.SIGN_IN_LOCKED) == 1
    assert written.count(Action.SIGN_IN_FAILED) <= 10
    tell()
    assert sum("Many wrong passwords" in mail.subject for mail in mails(ada.email)) == 1
    # The owner, on the device that the account knows, signs in as ever.
    sign_in(ada.email, client=owner)


def test_a_user_reads_her_own_activity_only(client, ada):
    leo = people.person("leo@example.com")
    sign_in(leo.email)

    rows = client.get("/profile/activity/").context["page"].rows

    assert len(rows) == 1


def test_activity_costs_the_same_for_one_row_and_fifty(client, ada, django_assert_num_queries):
    from django.db import connections
    from django.test.utils import CaptureQueriesContext

    def cost() -> int:
        with CaptureQueriesContext(connections["default"]) as queries:
            assert client.get("/profile/activity/").status_code == 200
        return len(queries)

    client.get("/profile/activity/")
    one = cost()
    for _ in range(50):
        client.post("/profile/devices/end/")

    assert client.get("/profile/activity/").context["page"].total > 50
    assert cost() == one <= 10
