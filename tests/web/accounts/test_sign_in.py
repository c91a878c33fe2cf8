from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import identify_hasher
from django.test import Client

from plancia.accounts.models import User
from plancia.kernel import clock
from tests.people import PASSWORD, person

SIGN_IN = "/account/sign-in/"


@pytest.fixture
def ada() -> User:
    return person("ada@example.com")


def sign_in(client: Client, email: str = "ada@example.com", password: str = PASSWORD, **fields: str):
    return client.post(SIGN_IN, {"login": email, "password": password, **fields})


def test_who_signs_in_goes_where_she_was_going(ada):
    client = Client()
    page = client.get(f"{SIGN_IN}?next=/t/mine/").content.decode()

    response = sign_in(client, next="/t/mine/")

    assert 'name="next" value="/t/mine/"' in page
    assert "/account/sign-up/?next=%2Ft%2Fmine%2F" in page
    assert (response.status_code, response.url) == (302, "/t/mine/")


def test_the_address_may_be_typed_in_capitals(ada):
    assert sign_in(Client(), " ADA@Example.com ").status_code == 302


def test_wrong_password_and_unknown_address_read_the_same(ada):
    answers = [
        sign_in(Client(), address, "not the password")
        .content.decode()
        .count("E-mail address and password do not match")
        for address in ("ada@example.com", "nobody@example.com")
    ]

    assert answers == [1, 1]


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
        "\t//evil.example",
        "http://[",
    ],
)
def test_nobody_is_sent_to_another_site(ada, following):
    response = sign_in(Client(), next=following)

    assert (response.status_code, response.url) == (302, "/")


def test_the_sessions_key_changes_and_its_content_stays(ada):
    client = Client()
    session = client.session
    session["cart"] = "crt_1"
    session.save()
    before = client.session.session_key

    sign_in(client)

    assert client.session.session_key != before
    assert client.session["cart"] == "crt_1"


def test_a_session_of_somebody_else_does_not_pass_on_its_content(ada):
    client = Client()
    client.force_login(person("ben@example.com"))
    session = client.session
    session["cart"] = "crt_of_ben"
    session.save()
    client.post("/account/sign-out/")

    sign_in(client)

    assert "cart" not in client.session


def test_after_five_wrong_passwords_even_the_right_one_has_to_wait(ada):
    for _ in range(5):
        sign_in(Client(), password="not the password")

    response = sign_in(Client())

    assert response.status_code == 200
    assert "Too many attempts. Please wait a few minutes" in response.content.decode()


def test_wrong_passwords_for_one_address_do_not_lock_out_another(ada):
    person("ben@example.com")
    for _ in range(5):
        sign_in(Client(), password="not the password")

    assert sign_in(Client(), "ben@example.com").status_code == 302


def test_many_addresses_from_one_place_are_slowed_down():
    answers = [sign_in(Client(), f"p{number}@example.com", "not the password") for number in range(11)]

    assert "do not match" in answers[9].content.decode()
    assert "Too many attempts" in answers[10].content.decode()


def test_a_closed_account_is_told_so_only_with_its_password(ada):
    User.objects.filter(pk=ada.pk).update(is_active=False)

    right, wrong = sign_in(Client()), sign_in(Client(), password="not the password")

    assert right.url == "/account/closed/"
    assert "This account is closed" in Client().get(right.url).content.decode()
    assert "do not match" in wrong.content.decode()


def test_a_session_ends_with_the_account(ada):
    client = Client()
    client.force_login(ada)
    assert client.get("/t/mine/").status_code == 200

    User.objects.filter(pk=ada.pk).update(is_active=False)

    assert client.get("/t/mine/").status_code == 302


def test_signing_out_takes_a_form(ada):
    client = Client()
    client.force_login(ada)

    page = client.get("/account/sign-out/")
    assert "ada@example.com" in page.content.decode()
    assert "_auth_user_id" in client.session
    client.post("/account/sign-out/")

    assert "_auth_user_id" not in client.session
    assert client.get("/profile/").status_code == 302


def test_signing_out_leads_to_no_other_site(ada):
    client = Client()
    client.force_login(ada)

    assert client.post("/account/sign-out/", {"next": "https://evil.example/"}).url == "/"


def test_who_is_signed_in_needs_neither_form(ada):
    client = Client()
    client.force_login(ada)

    assert [client.get(page).url for page in (SIGN_IN, "/account/sign-up/")] == ["/", "/"]


def test_without_cookies_the_page_says_so(ada):
    client = Client(enforce_csrf_checks=True)

    response = sign_in(client)

    assert response.status_code == 403
    assert "keeps no cookies" in response.content.decode()


def test_a_form_that_was_open_too_long_says_so(ada):
    client = Client(enforce_csrf_checks=True)
    client.get(SIGN_IN)

    response = sign_in(client, csrfmiddlewaretoken="x" * 64)

    assert response.status_code == 403
    assert "open for too long" in response.content.decode()


def test_passwords_are_kept_as_argon2(ada):
    assert identify_hasher(ada.password).algorithm == "argon2"
    assert "$argon2id$" in ada.password


def test_an_endless_password_is_refused_before_it_costs_anything(ada):
    response = sign_in(Client(), password="x" * 100_000)

    assert "under 200 characters" in response.content.decode()


@pytest.mark.parametrize("address", ["ada@example.com\x00", "'; drop table accounts_user; --", "🙂@🙂.🙂", "x" * 500])
def test_what_is_no_address_is_explained(address):
    response = sign_in(Client(), address)

    assert response.status_code == 200


def test_the_profile_shows_the_login_address_in_use(ada):
    client = Client()
    client.force_login(ada)

    page = client.get("/profile/").content.decode()

    assert "ada@example.com" in page
    assert "Bianchi" in page


@pytest.mark.parametrize(
    "path",
    [
        "login/", "signup/", "logout/", "email/", "confirm-email/", "password/change/", "password/set/",
        "password/reset/", "reauthenticate/", "2fa/", "2fa/authenticate/", "sessions/", "login/code/", "inactive/",
    ],
)  # fmt: skip
def test_the_engines_own_pages_are_not_to_be_found(ada, path):
    client = Client()
    client.force_login(ada)

    assert [client.get(f"/{prefix}/{path}").status_code for prefix in ("account", "accounts")] == [404, 404]


def test_sessions_are_kept_from_scripts():
    assert django_settings.SESSION_COOKIE_HTTPONLY


def test_signing_in_asks_the_database_little_however_many_guess(ada, django_assert_max_num_queries):
    """With session, limits, the other accounts' guesses and the activity; what is left is the password's hash."""
    client = Client()
    sign_in(client)
    client.post("/account/sign-out/")

    with django_assert_max_num_queries(22):
        sign_in(client)
    with django_assert_max_num_queries(25):
        sign_in(Client())
    with django_assert_max_num_queries(12):
        sign_in(Client(), password="not the password")


def test_what_is_refused_does_not_lengthen_the_wait(ada):
    began = clock.now()
    for minute in (0, 2, 4):
        with clock.at(began + timedelta(minutes=minute)):
            for _ in range(5):
                sign_in(Client(), password="not the password")

    with clock.at(began + timedelta(minutes=4, seconds=59)):
        assert "Too many attempts" in sign_in(Client()).content.decode()
    with clock.at(began + timedelta(minutes=5, seconds=1)):
        assert sign_in(Client()).status_code == 302
