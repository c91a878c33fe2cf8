from __future__ import annotations

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from plancia.accounts import second_factor
from plancia.accounts.activity import Action
from plancia.accounts.models import Activity, User
from plancia.kernel import transaction
from tests.people import PASSWORD
from tests.web.profile.conftest import sign_in

APP, CODES, ASKED = "/profile/security/app/", "/profile/security/codes/", "/account/sign-in/second-factor/"


def code(secret: str, *, ago: int = 0) -> str:
    """The code that an authenticator app shows, now or so many half minutes ago."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 - ago))


def prove(client: Client) -> None:
    assert client.post("/account/proof/", {"password": PASSWORD}).status_code == 302


@pytest.fixture
def secret(client, ada) -> str:
    """The key of the app that Ada has set up."""
    prove(client)
    page = client.get(APP).content.decode()
    found = re.search(r"<code[^>]*>([A-Z2-7]+)</code>", page)
    assert found
    response = client.post(APP, {"code": code(found.group(1))})
    assert response.url == CODES
    return found.group(1)


@pytest.fixture
def asked(ada, secret) -> Client:
    """A browser that knows the password, and is asked for more."""
    cache.clear()
    client = Client()
    response = client.post("/account/sign-in/", {"login": ada.email, "password": PASSWORD})
    assert response.url == ASKED
    assert client.get("/profile/").status_code == 302
    return client


def test_setting_up_an_app_asks_who_it_is_first(ada):
    client = sign_in(ada.email)
    client.session.flush()
    client = Client()
    client.force_login(ada)

    assert client.get(APP).url.startswith("/account/proof/")


def test_a_code_opens_the_account(asked, secret):
    assert asked.post(ASKED, {"code": code(secret)}).status_code == 302
    assert asked.get("/profile/").status_code == 200


def test_the_same_code_opens_nothing_twice(asked, ada, secret):
    used = code(secret)
    asked.post(ASKED, {"code": used})
    other = Client()
    other.post("/account/sign-in/", {"login": ada.email, "password": PASSWORD})

    response = other.post(ASKED, {"code": used})

    assert "used already" in response.content.decode()
    assert other.get("/profile/").status_code == 302


def test_old_codes_and_guesses_open_nothing_and_end(asked, secret):
    answers = [asked.post(ASKED, {"code": code(secret, ago=20 + n)}) for n in range(8)]

    assert all(answer.status_code == 200 for answer in answers)
    assert "wait" in answers[-1].content.decode()
    assert asked.get("/profile/").status_code == 302


def test_a_recovery_code_works_once(asked, ada, client):
    prove(client)
    codes = re.findall(r'<li class="mono">(\w+)</li>', client.get(CODES).content.decode())
    assert len(codes) == 10
    assert client.get(f"{CODES}download/").content.decode().split() == codes

    assert asked.post(ASKED, {"code": codes[0]}).status_code == 302
    again = Client()
    again.post("/account/sign-in/", {"login": ada.email, "password": PASSWORD})
    assert again.post(ASKED, {"code": codes[0]}).status_code == 200

    assert second_factor.of(ada.pk).codes_left == 9


def test_the_database_tells_no_secret(secret):
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))

    assert secret not in kept


def test_the_app_is_removed_and_all_of_it_is_written_down(client, ada, secret):
    assert client.get(f"{APP}removal/").status_code == 200
    assert client.post(f"{APP}removal/").url == "/profile/security/"

    assert not second_factor.is_on(ada.pk)
    with transaction.as_staff():
        actions = list(Activity.objects.filter(user=ada).order_by("pk").values_list("action", flat=True))
    assert [one for one in actions if "totp" in one] == [Action.TOTP_ADDED, Action.TOTP_REMOVED]


def test_a_new_password_by_mail_does_not_pass_the_second_factor(ada, secret, link):
    client = Client()
    client.post("/account/password/forgotten/", {"email": ada.email})
    page = client.get(link(ada.email, "/account/password/new/"))
    client.post(page.url, {"password1": "seven quiet lanterns above"})
    client.post("/account/sign-in/", {"login": ada.email, "password": "seven quiet lanterns above"})

    assert client.get("/profile/").status_code == 302
    assert User.objects.get().check_password("seven quiet lanterns above")
