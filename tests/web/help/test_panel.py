from __future__ import annotations

import pytest
from django.test import Client

from tests import people
from tests.knowledge import shelf

PANEL = {"X-Fragment": "panel"}


@pytest.fixture
def client(tmp_path, db) -> Client:
    shelf.load(shelf.build(tmp_path))
    return Client()


def test_a_page_links_its_help_and_the_panel_shows_it(client):
    ada = people.person("ada@aurora.example", language="it")
    aurora = people.aurora(ada)
    client.force_login(ada)
    page = client.get(f"/o/{aurora.public_id}/accounting/prepaid/").content.decode()
    link = f"/help/it/for/prepaid/?org={aurora.public_id}"
    assert f'href="{link}" data-opens="panel"' in page

    fragment = client.get(link, headers=PANEL).content.decode()
    assert "Top up in it" in fragment and "<html" not in fragment
    assert "/help/screen/prepaid/" not in fragment
    article = client.get(f"/help/it/10-top-up-in-it/?org={aurora.public_id}", headers=PANEL).content.decode()
    assert f'href="/help/screen/prepaid/?org={aurora.public_id}"' in article

    whole = client.get(link).content.decode()
    assert "<html" in whole and 'href="/help/it/10-top-up-in-it/"' in whole


def test_an_article_comes_into_the_panel_by_itself(client):
    fragment = client.get("/help/it/20-scaricare-una-fattura/?org=org_1", headers=PANEL).content.decode()

    assert "<html" not in fragment and "Scaricare una fattura" in fragment


def test_a_page_without_an_article_says_so(client):
    answer = client.get("/help/it/for/nowhere/", headers=PANEL)

    assert answer.status_code == 200
    assert "help/it/search" in answer.content.decode()
