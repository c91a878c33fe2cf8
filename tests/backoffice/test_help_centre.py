from __future__ import annotations

import io
from zipfile import ZipFile

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from plancia.kernel import transaction
from plancia.knowledge import questions, voting
from plancia.knowledge.models import Article, Category, Question, Translation
from tests import people
from tests.knowledge import shelf
from tests.people import MORNING

PAGES = ["help/", "help/?state=draft", "help/?q=invoice", "help/?q=20", "help/worst/", "help/questions/", "help/new/"]


@pytest.fixture
def nora(tmp_path, db) -> Client:
    shelf.load(shelf.build(tmp_path))
    client = Client()
    client.force_login(people.person("nora@provider.example", "Nora", "Keller", is_staff=True, language="en"))
    return client


def of(number: int = 20, language: str = "it") -> Translation:
    with transaction.as_staff():
        return Translation.objects.get(article__number=number, language=language)


def page_of(number: int = 20, language: str = "it") -> str:
    return f"/staff/help/texts/{of(number, language).public_id}/"


FORM = {
    "title": "Stampare",
    "summary": "Di che si tratta.",
    "keywords": "stampa, carta",
    "body": "Premi **PDF**.",
    "seen": "1",
}


def test_staff_change_a_text_and_readers_read_it(nora):
    page = page_of()

    answer = nora.post(page, FORM)

    assert answer.status_code == 302
    assert Client().get("/help/it/20/").headers["Location"] == "/help/it/20-stampare/"
    html = nora.get(page).content.decode()
    assert "Nora Keller" in html and "stampa, carta" in html


def test_a_mistake_is_told_by_line_and_nothing_typed_is_lost(nora):
    answer = nora.post(page_of(), FORM | {"body": "Bene.\n\n<script>alert(1)</script>"})

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "line 3: HTML is not understood here" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert of().revision == 1


def test_two_of_the_staff_do_not_overwrite_each_other(nora):
    nora.post(page_of(), FORM)

    answer = nora.post(page_of(), FORM | {"title": "Altro"})

    assert answer.status_code == 422
    assert "Somebody else has changed this text" in answer.content.decode()


def test_an_earlier_revision_is_compared_and_brought_back(nora):
    nora.post(page_of(), FORM)
    page = f"{page_of()}revisions/1/"

    html = nora.get(page).content.decode()
    assert '<ins class="diff__line diff__line--added">Stampare</ins>' in html
    assert '<del class="diff__line diff__line--removed">Scaricare una fattura</del>' in html
    nora.post(page, {"seen": "2"})

    assert (of().title, of().revision) == ("Scaricare una fattura", 3)
    assert nora.get(f"{page_of()}revisions/9/").status_code == 404


def test_an_article_is_begun_translated_and_published(nora):
    with transaction.as_staff():
        shelf_id = Category.objects.get().pk
    nora.post("/staff/help/new/", FORM | {"title": "Nuovo", "category": str(shelf_id), "language": "it"})
    with transaction.as_staff():
        row = Translation.objects.get(title="Nuovo")
        article = row.article
    assert Client().get(f"/help/it/{article.number}/").status_code == 404

    nora.post(f"/staff/help/articles/{article.public_id}/translation/", FORM | {"title": "New", "language": "en"})
    nora.post(f"/staff/help/texts/{row.public_id}/state/", {"state": "published"})

    assert Client().get(f"/help/it/{article.number}-nuovo/").status_code == 200
    assert of(article.number, "en").state == "draft"
    assert nora.post(f"/staff/help/texts/{row.public_id}/state/", {"state": "burnt"}).status_code == 404


def test_the_worst_articles_stand_with_what_was_missing(nora):
    for number in range(4):
        voting.cast(
            translation_id=of().pk, voter=f"v{number}", is_helpful=number == 0, missing="Una <b>figura</b>", at=MORNING
        )
    for number in range(4):
        voting.cast(translation_id=of(10).pk, voter=f"v{number}", is_helpful=True, at=MORNING)

    html = nora.get("/staff/help/worst/").content.decode()

    assert "Scaricare una fattura" in html and "Una &lt;b&gt;figura&lt;/b&gt;" in html
    assert "Top up in it" not in html


def test_a_question_is_answered_by_an_article_or_taken_off(nora):
    questions.note("come stampo", "it", at=MORNING)
    with transaction.as_staff():
        row = Question.objects.get()

    assert "/staff/help/new/?title=come%20stampo" in nora.get("/staff/help/questions/").content.decode()
    assert 'value="come stampo"' in nora.get("/staff/help/new/?title=come%20stampo").content.decode()
    nora.post(f"/staff/help/questions/{row.public_id}/answer/")
    nora.post(f"/staff/help/questions/{row.public_id}/answer/")

    assert "come stampo" not in nora.get("/staff/help/questions/").content.decode()


def test_the_export_is_an_archive_of_the_folders(nora):
    with ZipFile(io.BytesIO(nora.get("/staff/help/export/").content)) as archive:
        names = archive.namelist()

    assert {"categories.toml", "10-top-up/article.toml", "10-top-up/press.png", "20-invoice/it.md"} <= set(names)


def test_lists_cost_the_same_for_few_and_for_many(nora, tmp_path):
    few = {page: cost(nora, page) for page in PAGES}
    shelf.load(shelf.build(tmp_path, articles=60))

    assert {page: cost(nora, page) for page in PAGES} == few
    assert max(few.values()) <= 10


def cost(client: Client, page: str) -> int:
    client.get(f"/staff/{page}")
    with CaptureQueriesContext(connections["default"]) as web, CaptureQueriesContext(connections["staff"]) as staff:
        assert client.get(f"/staff/{page}").status_code == 200
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return sum(not one["sql"].startswith(frame) for one in [*web.captured_queries, *staff.captured_queries])


def test_an_id_of_nothing_is_not_found(nora):
    with transaction.as_staff():
        article = Article.objects.get(number=10)

    for path in ("texts/atr_01/", f"texts/{article.public_id}/", "articles/x/translation/"):
        assert nora.get(f"/staff/help/{path}").status_code == 404
