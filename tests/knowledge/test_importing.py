from __future__ import annotations

import pytest
from django.db.utils import Error

from plancia.kernel import transaction
from plancia.knowledge import exporting, queries
from plancia.knowledge.library import LibraryRefused
from plancia.knowledge.models import Article, Attachment, Revision, Translation, Word
from tests.knowledge import shelf


@pytest.fixture
def root(tmp_path, db):
    return shelf.build(tmp_path / "help")


def of(number: int, language: str) -> Translation:
    with transaction.as_staff():
        return Translation.objects.get(article__number=number, language=language)


def test_an_import_brings_everything_and_a_second_one_nothing(root):
    first = shelf.load(root)
    second = shelf.load(root)

    assert first.counts == {
        "articles_added": 3,
        "attachments_added": 1,
        "categories_added": 1,
        "synonyms_added": 1,
        "texts_added": 8,
    }
    assert not second.has_changed
    assert Revision.objects.count() == 8
    assert of(20, "it").subjects == "Hosting web . Money it"
    assert Word.objects.get(language="it", word="fattura").articles == 1


def test_a_changed_file_is_a_new_revision(root):
    shelf.load(root)
    shelf.put(root, "20-invoice/it.md", shelf.text("Stampare una fattura", "Premi **PDF**.\n"))

    summary = shelf.load(root)

    assert summary.counts == {"texts_changed": 1}
    assert (of(20, "it").revision, of(20, "it").slug) == (2, "stampare-una-fattura")
    assert list(
        Revision.objects.filter(translation=of(20, "it")).order_by("number").values_list("title", flat=True)
    ) == [
        "Scaricare una fattura",
        "Stampare una fattura",
    ]


def test_what_is_gone_is_withdrawn_and_what_comes_back_returns(root):
    shelf.load(root)
    gone = (root / "20-invoice/it.md").read_text()
    (root / "20-invoice/it.md").unlink()

    assert shelf.load(root).counts == {"texts_withdrawn": 1}
    assert queries.article(20, "it").translation.language == "en"
    (root / "20-invoice/it.md").write_text(gone)
    assert shelf.load(root).counts == {"texts_returned": 1}
    assert queries.article(20, "it").translation.language == "it"


def test_a_mistake_imports_nothing(root):
    shelf.load(root)
    shelf.put(root, "20-invoice/it.md", shelf.text("Stampare una fattura", "Premi **PDF**.\n"))
    shelf.put(root, "10-top-up/it.md", shelf.text("A", "<script>\n"))

    with pytest.raises(LibraryRefused):
        shelf.load(root)

    assert of(20, "it").title == "Scaricare una fattura"


def test_what_staff_changed_stays_until_its_file_changes_too(root):
    shelf.load(root)
    with transaction.as_staff():
        Translation.objects.filter(article__number=20, language="it").update(title="Da noi", is_edited=True)

    assert not shelf.load(root).has_changed
    shelf.put(root, "20-invoice/it.md", shelf.text("Dal file", "Premi **PDF**.\n"))
    with pytest.raises(LibraryRefused) as caught:
        shelf.load(root)
    assert "20-invoice/it.md" in str(caught.value.mistakes[0])
    assert of(20, "it").title == "Da noi"
    shelf.load(root, overwrites=True)
    assert of(20, "it").title == "Dal file"


def test_an_export_loses_nothing(root, tmp_path):
    shelf.load(root)

    count = exporting.write(tmp_path / "out")

    written = {path.relative_to(tmp_path / "out"): path.read_bytes() for path in (tmp_path / "out").rglob("*.*")}
    assert written == {path.relative_to(root): path.read_bytes() for path in root.rglob("*.*")}
    assert count == len(written)
    assert not shelf.load(tmp_path / "out").has_changed
    with pytest.raises(exporting.PlaceTaken):
        exporting.write(tmp_path / "out")


def test_a_picture_that_is_gone_is_removed(root):
    shelf.load(root)
    (root / "10-top-up/press.png").unlink()
    for code in ("it", "en", "fr", "de", "es"):
        shelf.put(root, f"10-top-up/{code}.md", shelf.text("Top up", "Press **Top up**.\n"))

    shelf.load(root)

    assert not Attachment.objects.exists()


def test_the_web_cannot_write_articles_and_nobody_changes_a_revision(root):
    shelf.load(root)

    with pytest.raises(Error), transaction.atomic():
        Article.objects.update(number=1)
    with pytest.raises(Error), transaction.as_staff(), transaction.atomic():
        Revision.objects.update(title="never")
