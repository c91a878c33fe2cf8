from __future__ import annotations

from html import unescape

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plancia.kernel import transaction
from plancia.knowledge.models import Question, Translation
from tests import people
from tests.knowledge import shelf


@pytest.fixture
def client(tmp_path, db) -> Client:
    shelf.load(shelf.build(tmp_path))
    return Client(HTTP_ACCEPT_LANGUAGE="it")


def test_the_help_centre_speaks_the_language_of_its_address(client):
    assert client.get("/help/").headers["Location"] == "/help/it/"
    page = client.get("/help/de/")

    assert page.headers["Content-Language"] == "de"
    assert "Money de" in page.content.decode()
    assert 'href="/help/de/20-download-an-invoice/" lang="en"' in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        ("/help/it/20/", "/help/it/20-scaricare-una-fattura/"),
        ("/help/it/20-download-an-invoice/", "/help/it/20-scaricare-una-fattura/"),
        ("/help/en/20-scaricare-una-fattura/", "/help/en/20-download-an-invoice/"),
        ("/help/it/20-🦆-‮x/", "/help/it/20-scaricare-una-fattura/"),
        ("/help/20/", "/help/it/20-scaricare-una-fattura/"),
        ("/help/20-anything/", "/help/it/20-scaricare-una-fattura/"),
    ],
)
def test_any_slug_leads_to_the_right_address(client, asked, right):
    assert client.get(asked).headers["Location"] == right


def test_an_article_without_a_translation_is_shown_in_another_language_and_says_so(client):
    page = client.get("/help/fr/20-download-an-invoice/")

    html = page.content.decode()
    assert page.status_code == 200
    assert page.headers["Content-Language"] == "fr"
    assert 'class="article" lang="en"' in html
    assert 'rel="canonical" href="/help/en/20-download-an-invoice/"' in html
    assert "notice--info" in html and "English" in html


def test_links_and_pictures_of_an_article_lead_somewhere(client):
    html = client.get("/help/it/20-scaricare-una-fattura/").content.decode()
    assert 'href="/help/it/10-top-up-in-it/"' in html

    html = client.get("/help/it/10-top-up-in-it/").content.decode()
    picture = client.get(html.split('class="figure__picture " src="')[1].split('"')[0])
    assert picture.content == shelf.PIXEL
    assert picture.headers["Content-Type"] == "image/png"
    assert "immutable" in picture.headers["Cache-Control"]
    assert client.get("/help/files/10/0000000000000000/press.png").status_code == 404


@pytest.mark.parametrize(
    "path", ["/help/it/99/", "/help/99/", "/help/xx/", "/help/it/category/no/", "/help/it/product/no/"]
)
def test_what_is_not_there_is_not_found(client, path):
    assert client.get(path).status_code == 404


def test_drafts_are_for_staff(client):
    with transaction.as_staff():
        Translation.objects.filter(article__number=30).update(state="draft")
    nora = Client()
    nora.force_login(people.person("nora@provider.example", is_staff=True))

    assert client.get("/help/en/30-more-of-it-part-3/").status_code == 404
    assert "More of it" not in client.get("/help/en/").content.decode()
    assert client.get("/help/en/category/money/").content.decode().count("rows__item") == 2
    assert nora.get("/help/en/30-more-of-it-part-3/").status_code == 200


def test_an_article_opens_its_screen_in_the_readers_own_organization(client):
    ada = people.person("ada@aurora.example")
    aurora, second = (
        people.aurora(ada),
        people.company(ada, "Zeta Srl", country="IT", city="Milano", postcode="20121", street="Via Dante"),
    )
    borea = people.borea(people.person("bea@borea.example"))
    assert client.get("/help/screen/prepaid/").headers["Location"].startswith("/account/sign-in/")
    client.force_login(ada)

    def leads(path: str) -> str:
        return client.get(f"/help/screen/{path}").headers["Location"]

    assert leads("prepaid/") == f"/o/{aurora.public_id}/accounting/prepaid/"
    assert leads(f"prepaid/?org={second.public_id}") == f"/o/{second.public_id}/accounting/prepaid/"
    client.get(f"/o/{second.public_id}/")
    assert leads("prepaid/") == f"/o/{second.public_id}/accounting/prepaid/"
    assert leads(f"prepaid/?org={borea.public_id}") == f"/o/{second.public_id}/accounting/prepaid/"
    assert leads("profile/") == "/profile/" or leads("profile/").startswith("/account")
    assert leads("invoice/") == f"/o/{second.public_id}/accounting/invoices/"
    assert leads("no-such-page/") == f"/o/{second.public_id}/products/"


def test_changing_the_language_of_an_article_stays_with_the_article(client):
    answer = client.post("/language/", {"language": "en", "next": "/help/it/20-scaricare-una-fattura/"})

    assert answer.headers["Location"] == "/help/en/20-scaricare-una-fattura/"


def test_pages_cost_the_same_for_few_articles_and_for_many(tmp_path, db):
    client, pages = Client(), ["/help/en/", "/help/en/category/money/", "/help/en/10-top-up-in-en/"]
    shelf.load(shelf.build(tmp_path))
    few = {page: queries(client, page) for page in pages}
    shelf.load(shelf.build(tmp_path, articles=60))

    assert {page: queries(client, page) for page in pages} == few
    assert max(few.values()) <= 8


def queries(client: Client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(connections["default"]) as captured:
        assert client.get(page).status_code == 200
    return sum(not one["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")) for one in captured)


def test_search_finds_marks_and_says_when_there_is_nothing(client):
    page = client.get("/help/en/search/?q=downlod").content.decode()
    assert '<a class="rows__row" href="/help/en/20-download-an-invoice/">' in page
    assert "<mark>Download</mark> an invoice" in page

    page = client.get("/help/en/search/?q=<xylophone>").content.decode()
    assert "Nothing found for “&lt;xylophone&gt;”" in page
    client.get("/help/en/search/?q=Xylophone")
    client.get("/help/en/search/?q=xylo", headers={"X-Fragment": "results"})
    assert list(Question.objects.values_list("language", "text", "times")) == [("en", "xylophone", 2)]


def test_who_finds_nothing_asks_us_with_the_words_filled_in(client):
    words = "xylo & <phone>"
    ada = people.person("ada@aurora.example")
    home = f"/o/{people.aurora(ada).public_id}/"
    stranger = client.get("/help/en/search/", {"q": words}).content.decode()
    client.force_login(ada)

    page = client.get("/help/en/search/", {"q": words}).content.decode()
    asked = unescape(page.split('href="/help/screen/support-new/')[1].split('"')[0])
    form = client.get(f"/help/screen/support-new/{asked}", follow=True)

    assert 'href="mailto:support@localhost?subject=xylo%20%26%20%3Cphone%3E"' in stranger
    assert form.request["PATH_INFO"] == f"{home}support/new/"
    assert 'value="xylo &amp; &lt;phone&gt;"' in form.content.decode()


def test_suggestions_are_a_list_and_nothing_else(client):
    answer = client.get("/help/en/search/?q=invo", headers={"X-Fragment": "results"}).content.decode()

    assert answer.startswith('<ul class="results">')
    assert "<html" not in answer


@pytest.mark.parametrize("text", ["x" * 2_000, "' or 1=1 --", "a & !b | (c", "🦆", "‮שלום", "%00", "<script>"])
def test_odd_questions_are_answered(client, text):
    assert client.get("/help/it/search/", {"q": text}).status_code == 200


def test_the_palette_of_the_console_finds_articles_too(client):
    ada = people.person("ada@aurora.example", language="en")
    aurora = people.aurora(ada)
    client.force_login(ada)

    found = client.get(f"/o/{aurora.public_id}/search/?q=downlod", headers={"X-Fragment": "results"}).content.decode()

    assert '<a class="results__item" href="/help/en/20-download-an-invoice/">' in found
    assert "Download an invoice" in found and "<mark>" not in found
