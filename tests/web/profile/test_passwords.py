from __future__ import annotations

import hashlib

import pytest
from django.test import Client
from pytest_httpserver import HTTPServer

from plancia.accounts import passwords
from plancia.accounts.models import User
from tests.people import PASSWORD
from tests.web.profile.conftest import sign_in

NEW = "seven quiet lanterns above"


def change(client: Client, new: str = NEW, password: str = PASSWORD, **fields: str):
    return client.post("/profile/password/", {"password": password, "new_password": new, **fields})


def test_a_new_password_ends_the_other_sessions(client, ada, mails):
    other = sign_in(ada.email)

    assert change(client).status_code == 302

    assert User.objects.get().check_password(NEW)
    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 302
    (here,) = client.get("/profile/devices/").context["rows"]
    assert here.is_current


def test_the_other_sessions_are_kept_on_wish(client, ada):
    other = sign_in(ada.email)

    change(client, keeps_sessions="on")

    assert client.get("/profile/").status_code == 200
    assert other.get("/profile/").status_code == 200


@pytest.mark.parametrize(
    ("new", "says"),
    [
        ("quiet no", "10 characters"),
        ("x" * 2000, "200 characters"),
        ("password1234", "common"),
        ("ada@example.com", "similar"),
        ("aaaaaaaaaaaaaaaa", "guessed soon"),
        (PASSWORD, "present password"),
    ],
)
def test_an_unfit_password_is_refused_at_its_field(client, ada, new, says):
    response = change(client, new)

    assert response.status_code == 422
    assert says in response.content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_emoji_make_a_password(client, ada):
    emoji = "🦊🌋🪗🫐🛶🧵🪁🦉🥨🧊"

    assert change(client, emoji).status_code == 302
    sign_in(ada.email, emoji)


def test_the_strength_is_told_while_typing(client, ada):
    weak = client.post("/profile/password/strength/", {"new_password": "rossi"}).json()
    strong = client.post("/profile/password/strength/", {"new_password": NEW}).json()

    assert (weak["score"] < passwords.LEAST_SCORE, strong["score"]) == (True, 4)
    assert weak["advice"] and not strong["advice"]


def test_estimating_a_long_password_takes_no_time():
    assert passwords.strength("ab" * 100_000).score == 0


def test_a_leaked_password_is_refused_without_being_told(client, ada, httpserver: HTTPServer, settings):
    digest = hashlib.sha1(NEW.encode()).hexdigest().upper()
    httpserver.expect_request(f"/range/{digest[:5]}").respond_with_data(f"{'0' * 35}:4\r\n{digest[5:]}:27\r\n")
    settings.BREACH_URL = httpserver.url_for("")

    response = change(client)

    assert "leaked" in response.content.decode()
    assert User.objects.get().check_password(PASSWORD)
    ((asked, _),) = httpserver.log
    assert digest[5:] not in str(asked.url) + str(dict(asked.headers)) and not asked.data


def test_padding_of_the_list_is_no_leak(client, ada, httpserver: HTTPServer, settings):
    digest = hashlib.sha1(NEW.encode()).hexdigest().upper()
    httpserver.expect_request(f"/range/{digest[:5]}").respond_with_data(f"{digest[5:]}:0\r\n")
    settings.BREACH_URL = httpserver.url_for("")

    assert change(client).status_code == 302


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
def test_a_list_that_cannot_be_asked_keeps_nobody_from_changing(client, ada, settings, url):
    settings.BREACH_URL = url

    assert change(client).status_code == 302


def test_sign_up_and_reset_ask_the_same_of_a_password(db):
    page = Client().post(
        "/account/sign-up/",
        {"first_name": "Leo", "last_name": "Neri", "email": "leo@example.com", "password1": "aaaaaaaaaaaaaaaa"},
    )

    assert "guessed soon" in page.content.decode()
