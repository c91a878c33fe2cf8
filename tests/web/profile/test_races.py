"""What opens an account once opens it once, also when two browsers come with it at the same moment."""

from __future__ import annotations

import re

import pytest
from django.core.cache import cache
from django.test import Client

from plancia.accounts import second_factor
from plancia.accounts.activity import Action
from plancia.accounts.models import Activity, User
from plancia.kernel import transaction
from tests import people, racing
from tests.people import PASSWORD
from tests.web.profile.test_login_email import NEW, ask, change
from tests.web.profile.test_second_factor import APP, ASKED, CODES, code, prove


def happened(action: Action) -> int:
    with transaction.as_staff():
        return Activity.objects.filter(action=action).count()


@pytest.fixture
def secret(client) -> str:
    """The key of the app that Ada has set up."""
    prove(client)
    found = re.search(r"<code[^>]*>([A-Z2-7]+)</code>", client.get(APP).content.decode())
    assert found
    client.post(APP, {"code": code(found[1])})
    return found[1]


@pytest.fixture
def browsers(ada, secret) -> list[Client]:
    """Three browsers that know the password, and are asked for more."""
    cache.clear()
    made = [Client() for _ in range(3)]
    for one in made:
        assert one.post("/account/sign-in/", {"login": ada.email, "password": PASSWORD}).url == ASKED
    return made


def let_in(browsers: list[Client], typed: str) -> list[str]:
    return racing.at_once(len(browsers), lambda place: browsers[place].post(ASKED, {"code": typed}).status_code)


def test_a_recovery_code_lets_one_of_three_in(browsers, client, ada):
    codes = re.findall(r'<li class="mono">(\w+)</li>', client.get(CODES).content.decode())

    assert let_in(browsers, codes[0]) == ["200", "200", "302"]
    assert second_factor.of(ada.pk).codes_left == 9


def test_a_code_of_the_app_lets_one_of_three_in(browsers, secret):
    assert let_in(browsers, code(secret)) == ["200", "200", "302"]


def test_the_link_of_a_new_address_is_used_once(client, ada, link):
    ask(client)
    path = link(NEW, "login-email/proof/")

    assert racing.at_once(3, lambda _place: Client().post(path).status_code) == ["200", "410", "410"]
    assert (User.objects.get().email, happened(Action.LOGIN_EMAIL_CHANGED)) == (NEW, 1)


def test_the_link_that_undoes_it_is_used_once(client, ada, link):
    change(client, link)
    path = link(ada.email, "login-email/undo/")

    assert racing.at_once(3, lambda _place: Client().post(path).status_code) == ["200", "410", "410"]
    assert (User.objects.get().email, happened(Action.LOGIN_EMAIL_RESTORED)) == (ada.email, 1)


def test_two_who_want_the_same_address_at_once_get_it_once(client, ada, link):
    ben = people.person("ben@example.com", "Ben")
    theirs = Client()
    theirs.post("/account/sign-in/", {"login": ben.email, "password": PASSWORD})
    ask(client)
    first = link(NEW, "login-email/proof/")
    ask(theirs)
    second = link(NEW, "login-email/proof/")
    assert first != second

    answers = racing.at_once(2, lambda place: Client().post((first, second)[place]).status_code)

    assert answers == ["200", "422"]
    assert User.objects.filter(email=NEW).count() == 1


def test_a_link_for_a_new_password_is_used_once(ada, link):
    Client().post("/account/password/forgotten/", {"email": ada.email})
    path = link(ada.email, "/account/password/new/")
    forms = [Client() for _ in range(2)]
    pages = [one.get(path).url for one in forms]

    def choose(place: int) -> str:
        forms[place].post(pages[place], {"password1": f"seven quiet lanterns above {place}"})
        return "sent"

    assert racing.at_once(2, choose) == ["sent", "sent"]
    assert happened(Action.PASSWORD_CHANGED) == 1
