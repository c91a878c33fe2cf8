"""From the form of who invites to the page of who accepts."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from plancia.kernel import clock, ids, transaction
from plancia.notices.models import Message
from plancia.organizations.models import Invitation, Membership, Organization
from plancia.outbox import delivery
from tests import people
from tests.web import shapes
from tests.web.members.test_members_pages import browser, settings
from tests.web.test_console import queries as cost

FORM = {"first_name": "Ben", "last_name": "Rossi", "language": "it", "role": "collaborator", "right": "operate"}


@pytest.fixture
def aurora(db) -> Organization:
    return people.aurora(people.person("ada@aurora.example", "Ada", "Bianchi"))


@pytest.fixture
def ada(aurora) -> Client:
    return browser(Membership.objects.using("staff").get(role="owner").user)


def invite(ada: Client, aurora: Organization, email: str, **form: object):
    return ada.post(f"{settings(aurora)}invitations/new/", {**FORM, "email": email, **form})


def mail(to: str) -> Message:
    with transaction.as_staff():
        delivery.tell_untold(at=clock.now())
        return Message.objects.filter(recipients=[to]).latest("written_at")


def link(message: Message) -> str:
    found = re.search(r"https?://[^/]+(/invitations/\S+)", message.text)
    assert found
    return found[1]


def test_the_invited_reads_a_mail_in_the_language_chosen_and_accepts(ada, aurora):
    ben = people.person("ben@example.com", "Ben", "Rossi", language="en")
    sent = invite(ada, aurora, "ben@example.com")
    message = mail("ben@example.com")
    his = browser(ben)

    page = his.get(link(message)).content.decode()
    seen = re.search(r'name="seen" value="([^"]+)"', page)
    answer = his.post(link(message), {"seen": seen[1]})

    assert sent.status_code == 302
    assert message.subject == "Ada Bianchi ti invita in «Aurora Srl»"
    assert "Ciao Ben Rossi," in message.text
    assert answer.url == f"/o/{aurora.public_id}/"
    assert his.get(answer.url).status_code == 200
    again = his.post(link(message), {"seen": seen[1]})
    assert (again.status_code, "used already" in again.content.decode()) == (410, True)


def test_nobody_learns_whether_an_address_has_an_account(ada, aurora):
    people.person("known@example.com", "Ben", "Rossi")

    answers = []
    for email in ("known@example.com", "nobody@example.com"):
        sent = invite(ada, aurora, email)
        message = mail(email)
        visit = Client().get(link(message))
        shown = visit.content.decode()
        listed = ada.get(f"{settings(aurora)}invitations/").content.decode()
        words = [sent.status_code, message.subject, message.text.count("\n"), visit.status_code, email in listed]
        answers.append((words, "Create an account" in shown, "Sign in" in shown))

    assert answers[0] == answers[1]


def test_a_visitor_is_led_to_sign_in_or_sign_up_and_back(ada, aurora):
    invite(ada, aurora, "ben@example.com")
    path = link(mail("ben@example.com"))

    page = Client().get(path).content.decode()
    posted = Client().post(path, {"seen": "x"})

    assert f"/account/sign-in/?next={path}" in page
    assert f"/account/sign-up/?next={path}" in page
    assert posted.status_code == 302
    assert posted.url.startswith("/account/sign-in/")


def test_another_account_is_told_and_can_be_changed(ada, aurora):
    invite(ada, aurora, "ben@example.com")
    path = link(mail("ben@example.com"))
    hers = browser(people.person("eve@example.com"))

    page = hers.get(path).content.decode()
    posted = hers.post(path, {"seen": "x"})
    changed = hers.post(f"{path}other-account/")

    assert "You are signed in as eve@example.com" in page
    assert "ben@example.com" not in page
    assert posted.status_code == 403
    assert changed.url.startswith("/account/sign-in/?next=/invitations/")
    assert "_auth_user_id" not in hers.session


def test_what_is_wrong_is_told_at_the_field_and_nothing_typed_is_lost(ada, aurora):
    answer = invite(ada, aurora, "no address", first_name="Zoë", role="owner")

    assert answer.status_code == 422
    assert "typing mistake" in answer.content.decode()
    assert 'value="Zoë"' in answer.content.decode()


def test_an_open_invitation_is_changed_sent_again_and_cancelled(ada, aurora):
    at = clock.now()
    shapes.catalogue(at)
    (product,) = shapes.products(aurora, 1, at=at)
    invite(ada, aurora, "ben@example.com", types=["vps"], products=[product.public_id])
    with transaction.as_staff():
        sent = Invitation.objects.get()
    page = f"{settings(aurora)}invitations/{sent.public_id}/"
    first = link(mail("ben@example.com"))

    shown = ada.get(page).content.decode()
    ada.post(page, {"language": "fr", "role": "external", "right": "view", "types": ["vps"]})
    ada.post(f"{page}sending/")
    second = mail("ben@example.com")
    ada.post(f"{page}cancellation/")

    assert re.search(rf'value="{product.public_id}"[^>]*checked', shown)
    assert second.subject.startswith("Ada Bianchi vous invite")
    assert Client().get(first).status_code == 410
    assert "cancelled" in Client().get(link(second)).content.decode()
    with transaction.as_staff():
        sent.refresh_from_db()
    assert (sent.role, sent.round, len(sent.rights)) == ("external", 2, 1)
    assert "no longer open" in ada.get(page).content.decode()


def test_an_invitation_of_others_cannot_be_named(ada, aurora):
    ben = people.person("ben@borea.example")
    theirs = people.borea(ben)
    invite(browser(ben), theirs, "x@example.com")
    with transaction.as_staff():
        sent = Invitation.objects.get()
    page = f"{settings(aurora)}invitations/{sent.public_id}/"

    assert [ada.get(page).status_code, ada.post(f"{page}sending/").status_code] == [404, 404]


def test_the_pages_cost_the_same_for_few_and_for_many(ada, aurora):
    at = clock.now()
    shapes.catalogue(at)
    shapes.products(aurora, 2, at=at)
    invite(ada, aurora, "ben@example.com")
    with transaction.as_staff():
        sent = Invitation.objects.get()
    pages = [f"{settings(aurora)}invitations/{part}" for part in ("", "new/", f"{sent.public_id}/")]
    few = {page: cost(ada, page) for page in pages}
    shapes.products(aurora, 50, at=at)
    with transaction.as_staff():
        for number in range(40):
            sent.email = f"m{number}@example.com"
            sent.id = ids.new()
            sent._state.adding = True
            sent.save(force_insert=True)

    assert {page: cost(ada, page) for page in pages} == few
    assert max(few.values()) <= 10
