from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import translation

from plancia.knowledge import reading
from plancia.knowledge.library import LibraryRefused
from tests.knowledge import shelf


def refused(root: Path) -> list[str]:
    with translation.override("en"), pytest.raises(LibraryRefused) as caught:
        reading.read(root)
    return [str(mistake) for mistake in caught.value.mistakes]


def test_folders_become_a_library(tmp_path):
    library = reading.read(shelf.build(tmp_path))

    assert [article.number for article in library.articles] == [10, 20, 30]
    first = library.articles[0]
    assert [text.language for text in first.texts] == ["it", "en", "fr", "de", "es"]
    assert (first.opens, first.related, first.folder) == ("prepaid", [20], "10-top-up")
    assert first.texts[1].plain == "Press Top up.\nA button"
    assert [one.name for one in first.attachments] == ["press.png"]
    assert library.synonyms == {"en": [["invoice", "bill"]]}


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("Fine.\n\n<script>alert(1)</script>\n", 9, "HTML"),
        ("Fine.\n\nA <b onclick=x>word</b>.\n", 9, "HTML"),
        ("[press](javascript:alert(1))\n", 7, "not allowed"),
        ("See [this](article:99).\n", 7, "article 99"),
        ("See [this](article:ten).\n", 7, "article ten"),
        ("See [this](#nowhere).\n", 7, "#nowhere"),
        ("See [this](/help/it/10/).\n", 7, "leads nowhere"),
        ("See [this](https://).\n", 7, "leads nowhere"),
        ("See [this](screen:A/b).\n", 7, "no screen"),
        ("![A button](other.png)\n", 7, "other.png"),
        ("![](press.png)\n", 7, "no words"),
        ("::: danger\nHo!\n:::\n", 7, "danger"),
        ("::: warning\nHo!\n", 7, "not closed"),
        ("Ho!\n:::\n", 8, "not opened"),
        ("::: video\nA film.\n:::\n", 7, "missing"),
        ("::: video film.mp4\nA film.\n:::\n", 7, "film.mp4"),
        ("# Title\n", 7, "second level"),
        ("", 0, "says nothing"),
    ],
)
def test_what_is_wrong_with_a_text_is_told_by_file_and_line(tmp_path, body, line, words):
    shelf.build(tmp_path)
    shelf.put(tmp_path, "10-top-up/it.md", shelf.text("Ricaricare", body))

    found = refused(tmp_path)

    assert any(one.startswith("10-top-up/it.md:" + (f"{line}:" if line else " ")) and words in one for one in found)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("20-invoice/article.toml", 'number = 10\ncategory = "money"\n', ":1: number 10 is that of “10-top-up”"),
        ("20-invoice/article.toml", 'number = 0\ncategory = "money"\n', ":1: “number” must be"),
        ("20-invoice/article.toml", 'number = 20\n\ncategory = "gold"\n', ":3: “gold” is no category"),
        (
            "20-invoice/article.toml",
            'number = 20\ncategory = "money"\nrelated = [7]\n',
            ":3: “related” names article 7",
        ),
        ("20-invoice/article.toml", 'number = 20\ncategory = "money"\ncolour = 1\n', ":3: “colour” is not known"),
        (
            "20-invoice/article.toml",
            'number = 20\ncategory = "money"\nlanguages = ["it", "de"]\n',
            ":3: “de.md” is promised and missing",
        ),
        ("20-invoice/article.toml", "number = \n", ":1: is not valid TOML"),
        ("20-invoice/it.md", "# No front matter\n", ":1: must begin with front matter"),
        ("20-invoice/it.md", '+++\ntitle = "A\n+++\nWords.\n', "front matter is not valid TOML"),
        ("20-invoice/it.md", '+++\ntitle = "A"\nupdated = 2026-03-01\n+++\nWords.\n', "“summary” must be a line"),
        ("20-invoice/it.md", shelf.text("A", "Words.\n", state="hidden"), ":5: “state” must be"),
        ("20-invoice/it.md", "x" * 5_000_000, "is longer than 200 kB"),
        ("20-invoice/it.md", shelf.text("A", "Wor\0ds.\n"), ":7: is not UTF-8 text"),
        ("20-invoice/pt.md", shelf.text("A", "Words.\n"), "is no text of a language of ours"),
        ("20-invoice/press.png", "not a picture", "does not hold what its name says"),
        ("categories.toml", "", "“money” is no category"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path, name, content, said):
    shelf.build(tmp_path)
    shelf.put(tmp_path, name, content)

    found = refused(tmp_path)

    assert any(said in one for one in found), found


def test_all_mistakes_are_told_at_once(tmp_path):
    shelf.build(tmp_path)
    shelf.put(tmp_path, "10-top-up/it.md", shelf.text("A", "[a](article:1)\n\n[b](article:2)\n"))
    shelf.put(tmp_path, "20-invoice/en.md", shelf.text("", "Words.\n"))

    assert len(refused(tmp_path)) == 3


def test_a_directory_without_articles_is_refused(tmp_path):
    assert refused(tmp_path / "nowhere") == [f"{tmp_path}/nowhere: is not a directory"]
    (tmp_path / "categories.toml").touch()
    assert len(refused(tmp_path)) == 1


def test_bytes_that_are_no_text_are_refused(tmp_path):
    shelf.build(tmp_path)
    (tmp_path / "10-top-up/it.md").write_bytes(b"+++\n\xff\xfe\n+++\n")

    assert refused(tmp_path) == ["10-top-up/it.md:2: is not UTF-8 text"]
