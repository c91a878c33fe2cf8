from __future__ import annotations

from datetime import date

import pytest

from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.states import MoveRefused
from plancia.knowledge import editing, exporting, queries, searching
from plancia.knowledge.models import Category, Revision, Translation
from plancia.knowledge.states import TextState
from tests import racing
from tests.knowledge import shelf
from tests.people import MORNING

NORA = Actor(ActorKind.STAFF, "Nora Keller")
DAY = date(2026, 4, 1)


@pytest.fixture
def root(tmp_path, db):
    root = shelf.build(tmp_path / "help")
    shelf.load(root)
    with transaction.as_staff():
        yield root


def draft(title: str = "Stampare una fattura", body: str = "Premi **PDF**.\n") -> editing.Draft:
    return editing.Draft(title, "Di che cosa si tratta.", ["stampa"], body, DAY)


def of(number: int = 20, language: str = "it") -> Translation:
    return Translation.objects.get(article__number=number, language=language)


def revise(seen: int = 1, **what: str) -> Translation:
    return editing.revise(translation_id=of().pk, seen=seen, draft=draft(**what), actor=NORA, at=MORNING)


def test_a_change_is_a_revision_and_is_found(root):
    revise()

    row = of()
    assert (row.revision, row.title, row.slug, row.updated_on) == (
        2,
        "Stampare una fattura",
        "stampare-una-fattura",
        DAY,
    )
    assert Revision.objects.get(translation=row, number=2).written_by == "Nora Keller"
    assert searching.find("stampa", "it")[0].number == 20


def test_saving_what_it_says_already_is_no_revision(root):
    revise()
    revise(seen=2)

    assert of().revision == 2


def test_who_saves_second_is_told_and_loses_nothing(root):
    revise()

    with pytest.raises(editing.EditedMeanwhile):
        revise(title="Un altro titolo")


def test_of_two_who_save_at_once_one_is_told(root):
    outcomes = racing.at_once(4, lambda place: _as_staff(lambda: revise(title=f"Titolo {place}")) and None)

    assert sorted(outcomes) == ["done", "edited_meanwhile", "edited_meanwhile", "edited_meanwhile"]
    assert of().revision == 2


def _as_staff(act):
    with transaction.as_staff():
        return act()


@pytest.mark.parametrize("body", ["<script>x</script>\n", "[a](article:99)\n", "::: warning\n", "x" * 300_000])
def test_a_text_with_mistakes_is_not_saved(root, body):
    with pytest.raises(editing.TextRefused):
        revise(body=body)

    assert of().revision == 1


def test_an_earlier_revision_says_it_again(root):
    revise()

    editing.restore(translation_id=of().pk, number=1, seen=2, actor=NORA, at=MORNING)

    assert (of().revision, of().title) == (3, "Scaricare una fattura")


def test_an_article_of_staff_is_a_draft_until_it_is_published(root):
    row = editing.begin(
        category_id=Category.objects.get().pk,
        product_types=["web-hosting"],
        language="it",
        draft=draft("Xilofono"),
        names=shelf.NAMES,
        actor=NORA,
        at=MORNING,
    )
    assert row.article.number == editing.FIRST_NUMBER + 1
    assert queries.article(row.article.number, "it") is None
    assert searching.find("xilofono", "it") == []

    editing.move(translation_id=row.pk, state=TextState.PUBLISHED)

    assert queries.article(row.article.number, "it").translation.title == "Xilofono"
    assert [hit.number for hit in searching.find("xilofono", "it")] == [row.article.number]
    with pytest.raises(MoveRefused):
        editing.move(translation_id=row.pk, state=TextState.PUBLISHED)


def test_an_article_is_translated_once_into_each_language(root):
    article = of().article
    how = {"article_id": article.pk, "draft": draft("Imprimer"), "names": {}, "actor": NORA, "at": MORNING}
    editing.translate(language="fr", **how)

    with pytest.raises(editing.AlreadyTranslated):
        editing.translate(language="fr", **how)


def test_what_staff_wrote_comes_out_as_files_and_back_in(root, tmp_path):
    revise()

    exporting.write(tmp_path / "out")
    summary = shelf.load(tmp_path / "out")

    assert "Stampare una fattura" in (tmp_path / "out/20-invoice/it.md").read_text()
    assert not summary.has_changed
    assert (of().is_edited, of().revision) == (False, 2)
    shelf.put(tmp_path, "out/20-invoice/it.md", shelf.text("Dal file", "Parole.\n"))
    assert shelf.load(tmp_path / "out").counts == {"texts_changed": 1}
