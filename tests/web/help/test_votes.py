from __future__ import annotations

import pytest
from django.test import Client

from plancia.knowledge.models import Vote
from tests import people
from tests.knowledge import shelf

PAGE = "/help/it/20-scaricare-una-fattura/"


@pytest.fixture
def client(tmp_path, db) -> Client:
    shelf.load(shelf.build(tmp_path))
    return Client()


def test_a_reader_says_yes(client):
    answer = client.post("/help/it/20/vote/", {"helpful": "yes"})

    assert answer.headers["Location"] == PAGE
    assert 'value="yes" aria-pressed="true"' in client.get(PAGE).content.decode()


def test_a_reader_says_no_and_what_was_missing(client):
    answer = client.post("/help/it/20/vote/", {"helpful": "no"})
    assert answer.headers["Location"] == f"{PAGE}?vote=no#vote"
    assert Vote.objects.get().is_helpful is False
    assert "<textarea" in client.get(f"{PAGE}?vote=no").content.decode()

    client.post("/help/it/20/vote/", {"helpful": "no", "missing": "<b>Un’immagine</b>"})

    assert Vote.objects.get().missing == "<b>Un’immagine</b>"


def test_visitors_of_one_network_share_a_vote_and_an_account_has_its_own(client):
    for browser in (Client(), Client(), client):
        browser.post("/help/it/20/vote/", {"helpful": "yes"})
    client.force_login(people.person("ada@aurora.example"))
    client.post("/help/it/20/vote/", {"helpful": "yes"})

    assert Vote.objects.count() == 2


def test_a_vote_needs_an_article_a_post_and_the_forms_own_secret(client):
    assert client.post("/help/it/99/vote/", {"helpful": "yes"}).status_code == 404
    assert client.get("/help/it/20/vote/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/help/it/20/vote/", {"helpful": "yes"}).status_code == 403
