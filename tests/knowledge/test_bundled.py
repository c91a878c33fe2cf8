"""The bundled articles: complete, true to the interface, and found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.pofile import read_po
from django.urls import get_resolver

from plancia.catalog import reading as catalog_reading
from plancia.catalog import sample
from plancia.kernel.actors import SYSTEM
from plancia.knowledge import bundled, exporting, importing, markup, pictures, reading
from plancia.knowledge.library import ArticleEntry, Library, TextEntry
from plancia.ops import translations
from tests.people import MORNING

LANGUAGES = ("it", "en", "fr", "de", "es")
#: Where the words of the interface stand that customers see.
_PAGES = re.compile(r"plancia/(?!backoffice|knowledge|ops)")


@cache
def library() -> Library:
    return reading.read(bundled.directory())


@cache
def catalogue():
    return catalog_reading.read(sample.directory())


@cache
def interface(language: str) -> frozenset[str]:
    """Return everything that the pages of customers say in a language, and the names of what is sold."""
    words = set()
    with translations._po("it" if language == "en" else language).open("rb") as file:
        for message in read_po(file):
            if message.id and any(_PAGES.search(name) for name, _line in message.locations):
                texts = message.id if language == "en" else message.string
                words |= {texts} if isinstance(texts, str) else set(texts)
    shown = [*catalogue().categories, *catalogue().types, *(plan for kind in catalogue().types for plan in kind.plans)]
    return frozenset(words | {entry.names[language] for entry in shown})


def texts() -> Iterator[tuple[ArticleEntry, TextEntry]]:
    for article in library().articles:
        for text in article.texts:
            yield article, text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_is_there_in_every_language(language):
    there = {article.number for article, text in texts() if text.language == language}

    assert {article.number for article in library().articles} - there == set()


def test_articles_name_menus_and_buttons_as_the_interface_does():
    """What stands in bold is the interface's own: when it is renamed, the article is wrong, and this says where."""
    wrong = [
        f"{text.file}:{line}: {part!r}"
        for _article, text in texts()
        for line, said in markup.bold(text.body)
        for part in said.split(" → ")
        if part not in interface(text.language)
    ]

    assert wrong == []


def test_articles_are_about_pages_that_exist():
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    named = {name for article in library().articles for name in [*article.screens, article.opens] if name}
    linked = {
        href.removeprefix("screen:")
        for _article, text in texts()
        for _line, href in markup.links(text.body)
        if href.startswith("screen:")
    }

    assert (named | linked) - names == set()


def test_articles_are_about_products_that_the_sample_sells():
    sold = {kind.code for kind in catalogue().types}

    assert {code for article in library().articles for code in article.product_types} - sold == set()


def test_all_languages_of_an_article_have_the_same_build():
    """As many steps, headings and links: a translation that lags behind is found by its shape."""
    uneven = []
    for article in library().articles:
        shapes = {text.language: _shape(text.body) for text in article.texts}
        if len(set(shapes.values())) > 1:
            uneven.append((article.folder, shapes))

    assert uneven == []


def test_an_export_of_what_was_imported_is_the_same_to_the_byte(db, tmp_path):
    importing.load(library(), product_names={}, actor=SYSTEM, at=MORNING)

    exporting.write(tmp_path / "out")

    root = bundled.directory()
    for path in (tmp_path / "out").rglob("*.*"):
        assert path.read_bytes() == (root / path.relative_to(tmp_path / "out")).read_bytes(), path


def _shape(body: str) -> tuple[int, ...]:
    tokens = markup.parse(body)
    kinds = ("list_item_open", "heading_open", "tr_open", "container_warning_open", "container_note_open")
    return (*(sum(token.type == kind for token in tokens) for kind in kinds), len(markup.links(body)))


def test_every_picture_is_there_in_all_languages_and_both_themes_small_and_of_one_size():
    shown, kept = set(), set()
    for article, text in texts():
        names = {one.name: one for one in article.attachments}
        kept |= {(article.number, name) for name in names}
        for _line, children in markup.inline(markup.parse(text.body)):
            for stem in (str(one.attrs["src"]).removesuffix(".png") for one in children if one.type == "image"):
                files = [f"{stem}.{text.language}.{theme}.png" for theme in ("light", "dark")]
                light, dark = (names[file].content for file in files)
                assert max(len(light), len(dark)) <= 20_000, files
                assert pictures.size(light[:32]) == pictures.size(dark[:32]) is not None, files
                shown |= {(article.number, file) for file in files}

    assert len(shown) >= 10 * len(LANGUAGES) * 2
    assert kept == shown


def test_nothing_in_an_article_is_fetched_from_elsewhere():
    pages = [drawn(text) for _article, text in texts()]

    fetched = [src for page in pages for src in re.findall(r'(?:src|poster|srcset)="([^"]*)"', page)]
    assert fetched
    assert [src for src in fetched if not src.startswith("/help/")] == []


def drawn(text: TextEntry) -> str:
    (article,) = (one for one, other in texts() if other is text)
    files = {one.name: f"/help/{one.name}" for one in article.attachments}
    return markup.render(text.body, markup.Surroundings(text.language, str, str, files))
