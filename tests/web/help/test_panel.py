from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from plancia.knowledge import bundled, reading
from plancia.web.help import screens
from tests import people
from tests.architecture.test_urls import patterns
from tests.knowledge import shelf

#: Addresses of the console that answer with a file or a part of a page, and not with a page of their own.
_FILES = ("-pdf", "-csv", "-pro-forma", "-slip", "-picture")
PANEL = {"X-Fragment": "panel"}


@pytest.fixture
def client(tmp_path, db) -> Client:
    shelf.load(shelf.build(tmp_path))
    return Client()


def test_every_page_of_the_console_has_an_article():
    articles = reading.read(bundled.directory()).articles
    covered = {screen for article in articles for screen in article.screens}

    bare = {name for name in pages() if not covered.intersection([name, *screens.above(name)]) - {"organization"}}

    assert bare - {"organization"} == set()


def test_a_page_without_an_article_of_its_own_shows_those_of_the_page_above(client):
    assert screens.above("invoice-pdf")[:2] == ["invoice", "invoices"]
    assert screens.above("nowhere") == []

    assert "Top up in en" in client.get("/help/en/for/prepaid/", headers=PANEL).content.decode()


def pages() -> Iterator[str]:
    """Yield the names of the console's pages: what stands under an organization and answers to GET with a page."""
    for route, pattern in patterns():
        name = pattern.name or ""
        if "<org>" in route and not name.endswith(_FILES) and "GET" in methods(pattern.callback):
            yield name


def methods(view: Callable) -> list[str]:
    """Return what a view answers to, as its decorators say; without one, to everything."""
    while True:
        cells = dict(zip(view.__code__.co_freevars, view.__closure__ or (), strict=True))
        if "request_method_list" in cells:
            return list(cells["request_method_list"].cell_contents)
        if not hasattr(view, "__wrapped__"):
            return ["GET", "POST"]
        view = view.__wrapped__


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
