from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from plancia.accounts.activity import Action
from plancia.accounts.models import Activity, User
from plancia.kernel import clock, transaction
from tests import people
from tests.people import PASSWORD
from tests.web.profile.conftest import sign_in

CHANGE, NEW = "/profile/login-email/", "ada@new.example"


def ask(client: Client, email: str = NEW, password: str = PASSWORD):
    return client.post(CHANGE, {"email": email, "password": password})


def change(client: Client, link, email: str = NEW) -> None:
    assert ask(client, email).status_code == 302
    assert Client().post(link(email, "login-email/proof/")).status_code == 200


def actions(user: User) -> list[str]:
    with transaction.as_staff():
        return list(Activity.objects.filter(user=user).order_by("pk").values_list("action", flat=True))


def test_the_address_changes_once_mail_to_it_has_arrived(client, ada, link, mails):
    ask(client)
    assert User.objects.get().email == "ada@example.com"
    assert NEW in client.get("/profile/").content.decode()

    path = link(NEW, "login-email/proof/")
    assert Client().get(path).status_code == 200  # another browser; looking changes nothing
    assert User.objects.get().email == "ada@example.com"
    assert Client().post(path).status_code == 200

    assert User.objects.get().email == NEW
    sign_in(NEW)
    assert "ada@new.example" in mails("ada@example.com")[-1].text
    assert "login-email/undo/" in mails("ada@example.com")[-1].text


@pytest.mark.parametrize(
    ("email", "kept", "says"),
    [
        ("Ada+Shop@New.Example", "ada+shop@new.example", ""),
        ("ada@büro.example", "ada@xn--bro-hoa.example", ""),
        ("ADA@EXAMPLE.COM", "", "already"),
        ("not an address", "", "cannot be delivered"),
        ("ada@nowhere", "", "cannot be delivered"),
        ("ada@host.invalid", "", "cannot be delivered"),
        ("adà@new.example", "", "cannot be delivered"),
        ("a" * 250 + "@new.example", "", "254"),
        ("backup@else.example", "", "recovery e-mail"),
    ],
)
def test_every_kind_of_address_gets_its_answer(client, ada, link, email, kept, says):
    User.objects.filter(pk=ada.pk).update(recovery_email="backup@else.example")

    response = ask(client, email)

    if kept:
        assert response.status_code == 302
        assert Client().post(link(kept, "login-email/proof/")).status_code == 200
        assert User.objects.get().email == kept
    else:
        page = response.content.decode()
        assert response.status_code == 422
        assert says in page
        assert f'value="{email}"' in page or len(email) > 254


def test_a_taken_address_is_told_after_the_right_password_only_and_shows_the_way_out(client, ada):
    people.person("leo@example.com")
    aurora = people.aurora(ada)

    wrong = ask(client, "leo@example.com", "not the password").content.decode()
    right = ask(client, "leo@example.com").content.decode()

    assert "not your password" in wrong and "Another account" not in wrong
    assert "Another account signs in" in right
    assert aurora.name in right and "Invite as administrator" in right
    assert Action.LOGIN_EMAIL_TAKEN in actions(ada)


def test_asking_for_many_taken_addresses_ends(client, ada):
    people.person("leo@example.com")

    answers = [ask(client, "leo@example.com").content.decode() for _ in range(7)]

    assert sum("Another account signs in" in answer for answer in answers) == 5
    assert "go on tomorrow" in answers[-1]


def test_many_wrong_passwords_end_the_questions_even_for_the_right_one(client, ada):
    for _ in range(5):
        ask(client, password="not the password")

    assert "Too many wrong passwords" in ask(client).content.decode()


def test_a_link_works_once_and_not_for_ever(client, ada, link):
    ask(client)
    path = link(NEW, "login-email/proof/")
    with clock.at(clock.now() + timedelta(hours=25)):
        assert Client().post(path).status_code == 410
    assert Client().post(path).status_code == 200

    assert Client().post(path).status_code == 410
    assert Client().get("/profile/login-email/proof/made-up/").status_code == 410


def test_a_newer_wish_takes_the_place_of_the_older(client, ada, link):
    ask(client)
    old = link(NEW, "login-email/proof/")
    ask(client, "ada@third.example")

    assert Client().post(old).status_code == 410
    client.post("/profile/login-email/withdrawal/")
    assert Client().post(link("ada@third.example", "login-email/proof/")).status_code == 410
    assert User.objects.get().email == "ada@example.com"


def test_the_link_for_a_recovery_e_mail_proves_no_login_e_mail(client, ada, link):
    client.post("/profile/security/recovery-email/", {"email": NEW, "password": PASSWORD})
    path = link(NEW, "recovery-email/proof/")

    assert Client().post(path.replace("security/recovery-email", "login-email")).status_code == 410
    assert Client().post(path).status_code == 200
    assert User.objects.get().recovery_email == NEW


def test_who_is_quicker_gets_the_address(client, ada, link):
    ask(client)
    people.person(NEW)

    assert Client().post(link(NEW, "login-email/proof/")).status_code == 422
    assert User.objects.get(pk=ada.pk).email == "ada@example.com"


def test_the_old_address_undoes_the_change_for_three_days(client, ada, link):
    change(client, link)
    path = link("ada@example.com", "login-email/undo/")
    assert Client().get(path).status_code == 200
    assert User.objects.get().email == NEW

    assert Client().post(path).status_code == 200

    assert User.objects.get().email == "ada@example.com"
    assert not User.objects.get().has_usable_password()
    assert client.get("/profile/").status_code == 302  # signed out
    assert Client().post(path).status_code == 410


def test_after_three_days_a_change_stays(client, ada, link):
    change(client, link)
    path = link("ada@example.com", "login-email/undo/")

    with clock.at(clock.now() + timedelta(hours=73)):
        assert Client().post(path).status_code == 410

    assert User.objects.get().email == NEW


def test_undoing_the_first_of_two_changes_undoes_both(client, ada, link):
    change(client, link)
    first = link("ada@example.com", "login-email/undo/")
    change(client, link, "ada@third.example")
    second = link(NEW, "login-email/undo/")

    assert Client().post(first).status_code == 200

    assert User.objects.get().email == "ada@example.com"
    assert Client().post(second).status_code == 410


def test_a_recovery_e_mail_is_another_than_the_login(client, ada, link):
    same = client.post("/profile/security/recovery-email/", {"email": "ADA@example.com", "password": PASSWORD})
    assert "your login e-mail" in same.content.decode()

    client.post("/profile/security/recovery-email/", {"email": NEW, "password": PASSWORD})
    Client().post(link(NEW, "recovery-email/proof/"))
    Client().post("/account/password/forgotten/", {"email": NEW})

    assert "/account/password/new/" in link(NEW, "/account/password/new/")
    client.post("/profile/security/recovery-email/removal/", {"password": PASSWORD})
    assert User.objects.get().recovery_email == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("+41 91 922 11 33", "+41919221133"), ("+39 02 1234567", "+39021234567"), ("", ""), ("12", None)],
)
def test_a_recovery_phone_is_a_number_that_can_exist(client, ada, typed, kept):
    response = client.post("/profile/security/recovery-phone/", {"phone": typed, "password": PASSWORD})

    assert response.status_code == (422 if kept is None else 302)
    assert User.objects.get().recovery_phone == (kept or "")
