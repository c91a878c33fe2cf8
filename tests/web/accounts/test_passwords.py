from __future__ import annotations

import re

import pytest
from django.conf import settings as django_settings
from django.test import Client

from plancia.accounts.models import User
from tests.people import PASSWORD, person

FORGOTTEN, NEW = "/account/password/forgotten/", "a quite different password"


@pytest.fixture
def ada() -> User:
    return person("ada@example.com")


@pytest.fixture
def link(ada, mails):
    """The path of the newest link that was sent to Ada."""

    def newest() -> str:
        (found,) = re.findall(
            rf"{re.escape(django_settings.BASE_URL)}(/account/password/new/\S+)", mails(ada.email)[-1].text
        )
        return found

    return newest


def ask(client: Client, email: str = "ada@example.com", **headers: str):
    return client.post(FORGOTTEN, {"email": email}, **headers)


def choose(client: Client, path: str, password: str = NEW):
    page = client.get(path)
    return client.post(page.url, {"password1": password}) if page.status_code == 302 else page


def test_a_forgotten_password_is_replaced_by_mail(ada, link):
    client = Client()
    assert ask(client).url == "/account/password/forgotten/sent/"

    response = choose(client, link())

    assert response.url == "/account/password/changed/"
    assert client.get(response.url).status_code == 200
    assert User.objects.get().check_password(NEW)


def test_the_address_bar_forgets_the_key(ada, link):
    client = Client()
    ask(client)
    path = link()

    assert client.get(path).url.endswith("-set-password/")


def test_known_and_unknown_addresses_read_the_same(ada, mails):
    known, unknown = Client(), Client()

    pages = [
        re.sub(r'value="[^"]{64}"', "", client.get(ask(client, address).url).content.decode())
        for client, address in ((known, "ada@example.com"), (unknown, "nobody@example.com"))
    ]

    assert pages[0] == pages[1]
    assert "No account" in mails("nobody@example.com")[0].subject


def test_a_link_works_once(ada, link):
    ask(Client())
    path = link()
    choose(Client(), path)

    again = choose(Client(), path, "yet another password")

    assert again.status_code == 410
    assert "does not work any more" in again.content.decode()
    assert FORGOTTEN in again.content.decode()
    assert User.objects.get().check_password(NEW)


def test_a_link_that_is_too_old_says_so(ada, link, settings):
    ask(Client())
    path = link()
    settings.PASSWORD_RESET_TIMEOUT = -1

    assert choose(Client(), path).status_code == 410
    assert User.objects.get().check_password(PASSWORD)


@pytest.mark.parametrize("key", ["x-y", "zzzzzzzzzz-c0ffee", "1-set-password", "0-" + "9" * 300])
def test_a_link_that_was_made_up_says_so(ada, key):
    response = Client().get(f"/account/password/new/{key}/")

    assert response.status_code == 410


def test_the_link_leads_to_us_whatever_host_the_browser_claims(ada, mails):
    ask(Client(), HTTP_HOST="evil.example")

    (mail,) = mails("ada@example.com")
    assert "evil.example" not in mail.text + mail.html
    assert django_settings.BASE_URL in mail.text


def test_every_browser_is_signed_out(ada, link):
    elsewhere = Client()
    elsewhere.force_login(ada)
    ask(Client())

    choose(Client(), link())

    assert elsewhere.get("/t/mine/").status_code == 302


def test_a_weak_new_password_is_refused(ada, link):
    ask(Client())

    response = choose(Client(), link(), "bianchi")

    assert response.status_code == 200
    assert "at least 10" in response.content.decode()
    assert User.objects.get().check_password(PASSWORD)


def test_asking_too_often_is_refused(ada, mails):
    client = Client()
    answers = [ask(client).status_code for _ in range(6)]

    assert answers == [302] * 5 + [429]
    assert len(mails("ada@example.com")) == 5


def test_a_new_password_ends_the_wait_after_wrong_ones(ada, link):
    for _ in range(5):
        Client().post("/account/sign-in/", {"login": ada.email, "password": "not the password"})
    ask(Client())
    choose(Client(), link())

    response = Client().post("/account/sign-in/", {"login": ada.email, "password": NEW})

    assert response.status_code == 302


def test_the_mail_is_in_the_language_of_its_reader(mails):
    person("eva@example.com", language="de")

    ask(Client(headers={"accept-language": "fr"}), "eva@example.com")

    assert '<html lang="de">' in mails("eva@example.com")[0].html
