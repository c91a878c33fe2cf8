"""
Reading a help centre: a directory of folders becomes a checked `Library`, or a list of everything wrong with it.

`categories.toml` holds the shelves, `synonyms.toml` the words that mean the same. Each folder with an `article.toml` is
an article: what holds for all languages stands there, and `it.md`, `en.md` … hold the texts, under front matter of
their own. Whatever else lies in the folder is a picture, a video or captions.
Source: docs/decisions/0080-articles-as-folders.md
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from plancia.knowledge import markup, proofreading
from plancia.knowledge.library import (
    ArticleEntry,
    AttachmentEntry,
    CategoryEntry,
    Library,
    LibraryRefused,
    Mistake,
    TextEntry,
)
from plancia.knowledge.states import TextState

CATEGORIES_FILE, SYNONYMS_FILE, ARTICLE_FILE = "categories.toml", "synonyms.toml", "article.toml"
FENCE = "+++"
#: An article longer than a book's chapter is a mistake; so is a picture that a page cannot bear.
MOST_TEXT_BYTES, MOST_ATTACHMENT_BYTES = 200_000, 30_000_000

MEDIA_TYPES = {
    "png": ("image/png", b"\x89PNG"),
    "jpg": ("image/jpeg", b"\xff\xd8"),
    "jpeg": ("image/jpeg", b"\xff\xd8"),
    "webp": ("image/webp", b"RIFF"),
    "gif": ("image/gif", b"GIF8"),
    "mp4": ("video/mp4", b""),
    "webm": ("video/webm", b"\x1a\x45\xdf\xa3"),
    "vtt": ("text/vtt", b"WEBVTT"),
}
_CODE = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


def read(directory: Path) -> Library:
    """
    Return the help centre that the folders in `directory` describe.

    Raises: LibraryRefused, with all that is wrong.
    """
    mistakes: list[Mistake] = []
    if not directory.is_dir():
        raise LibraryRefused([Mistake(str(directory), 0, _("is not a directory"))])
    reader = _Reader(directory, mistakes)
    categories = reader.categories()
    synonyms = reader.synonyms()
    folders = sorted(path.parent for path in directory.rglob(ARTICLE_FILE))
    drafts = [(folder, reader.table(folder / ARTICLE_FILE)) for folder in folders]
    numbers = reader.numbers(drafts)
    codes = {category.code for category in categories}
    articles = [
        reader.article(folder, table, number, codes, frozenset(numbers.values()))
        for folder, table in drafts
        if table is not None and (number := numbers.get(folder)) is not None
    ]
    if not folders:
        mistakes.append(Mistake(str(directory), 0, _("has no folder with an article")))
    if mistakes:
        raise LibraryRefused(sorted(mistakes, key=lambda one: (one.file, one.line)))
    return Library(categories, sorted(articles, key=lambda one: one.number), synonyms)


class _Reader:
    """Reads files below one directory, and collects what is wrong instead of stopping at it."""

    def __init__(self, directory: Path, mistakes: list[Mistake]) -> None:
        self.directory, self.mistakes = directory, mistakes
        self.languages = [code for code, _name in settings.LANGUAGES]

    def categories(self) -> list[CategoryEntry]:
        path = self.directory / CATEGORIES_FILE
        table = self.table(path) or {}
        result = []
        for position, (code, content) in enumerate(table.items()):
            if not _CODE.fullmatch(code) or not isinstance(content, dict):
                self._refuse(path, self._line(path, code), _("is no category: “%(code)s”") % {"code": code})
                continue
            names = self._texts(path, code, content.get("names"))
            summaries = self._texts(path, code, content.get("summaries"))
            result.append(CategoryEntry(code, position, str(content.get("icon", "book-open")), names, summaries))
        return result

    def synonyms(self) -> dict[str, list[list[str]]]:
        path = self.directory / SYNONYMS_FILE
        if not path.exists():
            return {}
        result: dict[str, list[list[str]]] = {}
        for language, groups in (self.table(path) or {}).items():
            line = self._line(path, language)
            if language not in self.languages:
                self._refuse(path, line, _("“%(code)s” is no language of ours") % {"code": language})
            elif not isinstance(groups, list) or not all(_is_texts(group) and len(group) > 1 for group in groups):
                self._refuse(path, line, _("must be a list of groups of at least two words"))
            else:
                result[language] = groups
        return result

    def numbers(self, drafts: Sequence[tuple[Path, Mapping[str, Any] | None]]) -> dict[Path, int]:
        """Return each folder's number; none twice."""
        taken: dict[int, Path] = {}
        for folder, table in drafts:
            path = folder / ARTICLE_FILE
            number = table.get("number") if table is not None else None
            if table is None:
                continue
            if not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 10_000_000:
                self._refuse(path, self._line(path, "number"), _("“number” must be a whole number from 1"))
            elif number in taken:
                other = taken[number].relative_to(self.directory).as_posix()
                words = {"number": number, "folder": other}
                self._refuse(path, self._line(path, "number"), _("number %(number)d is that of “%(folder)s”") % words)
            else:
                taken[number] = folder
        return {folder: number for number, folder in taken.items()}

    def article(
        self, folder: Path, table: Mapping[str, Any], number: int, categories: set[str], numbers: frozenset[int]
    ) -> ArticleEntry:
        path = folder / ARTICLE_FILE
        category = str(table.get("category", ""))
        if category not in categories:
            words = {"code": category, "file": CATEGORIES_FILE}
            self._refuse(path, self._line(path, "category"), _("“%(code)s” is no category of %(file)s") % words)
        for key in set(table) - {
            "number", "category", "product_types", "screens", "opens", "related", "prerequisites", "languages"
        }:  # fmt: skip
            self._refuse(path, self._line(path, key), _("“%(key)s” is not known here") % {"key": key})
        related = self._numbers(path, table, "related", numbers)
        prerequisites = self._numbers(path, table, "prerequisites", numbers)
        screens = self._codes(path, table, "screens")
        attachments = self._attachments(folder)
        names = frozenset(one.name for one in attachments)
        texts = [
            text
            for language in self.languages
            if (folder / f"{language}.md").exists()
            and (text := self._text(folder / f"{language}.md", language, numbers, names))
        ]
        self._check_languages(folder, table)
        return ArticleEntry(
            number=number,
            category=category,
            folder=folder.relative_to(self.directory).as_posix(),
            product_types=self._codes(path, table, "product_types"),
            screens=screens,
            opens=str(table.get("opens", screens[0] if screens else "")),
            related=related,
            prerequisites=prerequisites,
            languages=list(table.get("languages", [])),
            texts=texts,
            attachments=attachments,
        )

    def table(self, path: Path) -> dict[str, Any] | None:
        text = self._decoded(path)
        if text is None:
            return None
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            self._refuse(path, _line_of(error), _("is not valid TOML: %(mistake)s") % {"mistake": error})
        return None

    def _text(self, path: Path, language: str, numbers: frozenset[int], names: frozenset[str]) -> TextEntry | None:
        whole = self._decoded(path)
        if whole is None:
            return None
        parts = re.split(rf"^{re.escape(FENCE)}[ \t]*$\n?", whole, maxsplit=2, flags=re.MULTILINE)
        if len(parts) != 3 or parts[0].strip():
            self._refuse(path, 1, _("must begin with front matter between two lines “+++”"))
            return None
        offset = parts[1].count("\n") + 2
        try:
            front = tomllib.loads(parts[1])
        except tomllib.TOMLDecodeError as error:
            words = {"mistake": error}
            self._refuse(path, _line_of(error) + 1, _("its front matter is not valid TOML: %(mistake)s") % words)
            return None
        before = len(self.mistakes)
        for key in set(front) - {"title", "summary", "keywords", "updated", "state"}:
            self._refuse(path, self._line(path, key), _("“%(key)s” is not known here") % {"key": key})
        title = self._required(path, front, "title", most=120)
        summary = self._required(path, front, "summary", most=300)
        keywords = front.get("keywords", [])
        if not _is_texts(keywords):
            self._refuse(
                path, self._line(path, "keywords"), _("“%(key)s” must be a list of texts") % {"key": "keywords"}
            )
        updated = front.get("updated")
        if not isinstance(updated, date):
            self._refuse(path, self._line(path, "updated"), _("“updated” must be a date: 2026-03-31"))
        state = front.get("state", TextState.PUBLISHED)
        if state not in {TextState.DRAFT, TextState.PUBLISHED}:
            self._refuse(path, self._line(path, "state"), _("“state” must be “draft” or “published”"))
        body = parts[2].lstrip("\n")
        blank = parts[2].count("\n") - body.count("\n")
        if not body.strip():
            self._refuse(path, 0, _("says nothing"))
        known = proofreading.Known(numbers, names, language)
        for line, reason in proofreading.mistakes(body, known):
            self._refuse(path, line + offset + blank, reason)
        if len(self.mistakes) > before:
            return None
        assert isinstance(updated, date)
        return TextEntry(
            language=language,
            state=TextState(state),
            title=title,
            summary=summary,
            keywords=list(keywords),
            updated_on=updated,
            body=body,
            plain=markup.plain(body),
            file=path.relative_to(self.directory).as_posix(),
            digest=hashlib.sha256(whole.encode()).hexdigest(),
        )

    def _check_languages(self, folder: Path, table: Mapping[str, Any]) -> None:
        path = folder / ARTICLE_FILE
        there = {language for language in self.languages if (folder / f"{language}.md").exists()}
        if not there:
            self._refuse(path, 0, _("has no text in any language"))
        for language in self._codes(path, table, "languages"):
            if language not in there:
                words = {"file": f"{language}.md"}
                self._refuse(path, self._line(path, "languages"), _("“%(file)s” is promised and missing") % words)

    def _attachments(self, folder: Path) -> list[AttachmentEntry]:
        result = []
        texts = {ARTICLE_FILE, *(f"{language}.md" for language in self.languages)}
        for path in sorted(folder.iterdir()):
            if path.name in texts or path.name.startswith(".") or path.is_dir():
                continue
            media_type, signature = MEDIA_TYPES.get(path.suffix.removeprefix("."), ("", b""))
            if not media_type or not _NAME.fullmatch(path.name):
                self._refuse(path, 0, _("is no text of a language of ours, no picture, video or captions"))
                continue
            if path.stat().st_size > MOST_ATTACHMENT_BYTES:
                self._refuse(path, 0, _("is larger than %(most)d MB") % {"most": MOST_ATTACHMENT_BYTES // 1_000_000})
                continue
            content = path.read_bytes()
            if not content.startswith(signature):
                self._refuse(path, 0, _("does not hold what its name says"))
                continue
            digest = hashlib.sha256(content).hexdigest()
            result.append(AttachmentEntry(path.name, media_type, digest, content))
        return result

    def _decoded(self, path: Path) -> str | None:
        try:
            if path.stat().st_size > MOST_TEXT_BYTES:
                self._refuse(path, 0, _("is longer than %(most)d kB") % {"most": MOST_TEXT_BYTES // 1000})
                return None
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError as error:
            self._refuse(path, error.object[: error.start].count(b"\n") + 1, _("is not UTF-8 text"))
        except OSError as error:
            self._refuse(path, 0, _("cannot be read: %(mistake)s") % {"mistake": error.strerror or error})
        else:
            if "\0" not in text:
                return text.replace("\r\n", "\n")
            self._refuse(path, text[: text.index("\0")].count("\n") + 1, _("is not UTF-8 text"))
        return None

    def _required(self, path: Path, front: Mapping[str, Any], key: str, *, most: int) -> str:
        value = front.get(key)
        if not isinstance(value, str) or not value.strip() or len(value) > most or "\n" in value:
            words = {"key": key, "most": most}
            reason = _("“%(key)s” must be a line of at most %(most)d characters") % words
            self._refuse(path, self._line(path, key), reason)
            return ""
        return value.strip()

    def _codes(self, path: Path, table: Mapping[str, Any], key: str) -> list[str]:
        value = table.get(key, [])
        if not _is_texts(value) or not all(_CODE.fullmatch(code) for code in value):
            self._refuse(path, self._line(path, key), _("“%(key)s” must be a list of codes") % {"key": key})
            return []
        return list(value)

    def _numbers(self, path: Path, table: Mapping[str, Any], key: str, numbers: frozenset[int]) -> list[int]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, int) for one in value):
            self._refuse(path, self._line(path, key), _("“%(key)s” must be a list of numbers") % {"key": key})
            return []
        for one in value:
            if one not in numbers:
                words = {"key": key, "number": one}
                reason = _("“%(key)s” names article %(number)d, which does not exist") % words
                self._refuse(path, self._line(path, key), reason)
        return list(value)

    def _texts(self, path: Path, code: str, value: object) -> dict[str, str]:
        if not isinstance(value, dict) or not all(value.get(language) for language in self.languages):
            words = {"code": code, "languages": ", ".join(self.languages)}
            reason = _("“%(code)s” needs names and summaries in %(languages)s") % words
            self._refuse(path, self._line(path, code), reason)
            return {}
        return {language: str(value[language]) for language in self.languages}

    def _line(self, path: Path, key: str) -> int:
        """Return the line on which `key` stands in a file; 0 where it does not."""
        wanted = re.compile(rf"^\s*\[?\s*{re.escape(key)}\b")
        lines = path.read_text(errors="replace").splitlines()
        return next((number for number, line in enumerate(lines, start=1) if wanted.match(line)), 0)

    def _refuse(self, path: Path, line: int, reason: str) -> None:
        self.mistakes.append(Mistake(path.relative_to(self.directory).as_posix(), line, reason))


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)


def _line_of(error: tomllib.TOMLDecodeError) -> int:
    match = re.search(r"at line (\d+)", str(error))
    return int(match[1]) if match else 0
