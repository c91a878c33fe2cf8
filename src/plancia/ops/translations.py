"""
Translations: collected from code and templates, compiled, and checked for what is missing.

Done with Babel alone, so that nobody needs the gettext programs. Templates are read with Django's own lexer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from babel.messages import Catalog
from babel.messages.extract import extract as extract_with
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType

PACKAGE = Path(__file__).parent.parent
LOCALE = PACKAGE / "locale"
#: The source is English; these are written by translators.
LANGUAGES = ("it", "fr", "de", "es")

_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}

_STRING = r"""(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')"""
_MARKED = re.compile(r"_\(\s*" + _STRING + r"\s*\)")
_TRANSLATE = re.compile(r"^(?:trans|translate)\s+" + _STRING)
_CONTEXT = re.compile(r"\bcontext\s+" + _STRING)
_BLOCK = re.compile(r"^(?:blocktrans|blocktranslate)\b")
_END = re.compile(r"^end(?:blocktrans|blocktranslate)\b")


def extract() -> list[tuple[str, int, int]]:
    """Bring every language's file up to date with the source; return language, number of messages, how many are new."""
    found = _collect()
    report = []
    for language in LANGUAGES:
        path = _po(language)
        catalog = _read(language) if path.exists() else Catalog(locale=language, project="Plancia", charset="utf-8")
        before = {(message.id, message.context) for message in catalog if message.id}
        catalog.update(found, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalog, width=120, sort_output=True, ignore_obsolete=True, include_lineno=False)
        now = {(message.id, message.context) for message in catalog if message.id}
        report.append((language, len(now), len(now - before)))
    return report


def compile_changed() -> list[str]:
    """Compile each language whose source is newer than what was compiled; return their codes."""
    done = []
    for language in LANGUAGES:
        source = _po(language)
        target = source.with_suffix(".mo")
        if not source.exists() or (target.exists() and target.stat().st_mtime >= source.stat().st_mtime):
            continue
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as file:
            write_mo(file, _read(language))
        fresh.replace(target)
        done.append(language)
    return done


def missing() -> dict[str, list[str]]:
    """Return, for each language, the messages of the present source that have no translation."""
    wanted = _collect()
    result = {}
    for language in LANGUAGES:
        catalog = _read(language) if _po(language).exists() else Catalog(locale=language)
        texts = []
        for message in wanted:
            if not message.id:
                continue
            known = catalog.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
            strings = () if known is None or known.fuzzy else known.string
            if not strings or not all([strings] if isinstance(strings, str) else strings):
                texts.append(message.id if isinstance(message.id, str) else message.id[0])
        result[language] = sorted(texts)
    return result


def from_template(
    file: Any, keywords: object, comment_tags: object, options: object
) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Yield what a Django template has to be translated, in the form that Babel asks of an extractor."""
    block: list[str] | None = None
    plural: list[str] | None = None
    opening = ""
    for token in Lexer(file.read().decode()).tokenize():
        text, line = token.contents, token.lineno or 1
        if block is not None:
            part = plural if plural is not None else block
            if token.token_type == TokenType.TEXT:
                part.append(text.replace("%", "%%"))
            elif token.token_type == TokenType.VAR:
                part.append(f"%({text})s")
            elif token.token_type == TokenType.BLOCK and text.strip() == "plural":
                plural = []
            elif token.token_type == TokenType.BLOCK and _END.match(text):
                yield _of_block(line, opening, block, plural)
                block = plural = None
            continue
        if token.token_type == TokenType.BLOCK and _BLOCK.match(text):
            block, opening = [], text
        elif token.token_type == TokenType.BLOCK and (match := _TRANSLATE.match(text)):
            yield _message(line, _context(text), _unquoted(match))
        if token.token_type in (TokenType.BLOCK, TokenType.VAR):
            for match in _MARKED.finditer(text):
                yield _message(line, None, _unquoted(match))


def _of_block(line: int, opening: str, block: list[str], plural: list[str] | None) -> tuple[int, str, Any, list[str]]:
    is_trimmed = " trimmed" in opening
    singular_text, plural_text = ("".join(part) for part in (block, plural or []))
    if is_trimmed:
        singular_text, plural_text = (_trimmed(part) for part in (singular_text, plural_text))
    context = _context(opening)
    if plural is None:
        return (line, "pgettext", (context, singular_text), []) if context else (line, "gettext", singular_text, [])
    if context:
        return line, "npgettext", (context, singular_text, plural_text), []
    return line, "ngettext", (singular_text, plural_text), []


def _message(line: int, context: str | None, text: str) -> tuple[int, str, Any, list[str]]:
    text = text.replace("%", "%%")  # as Django's tags do before they look a text up
    return (line, "pgettext", (context, text), []) if context else (line, "gettext", text, [])


def _trimmed(text: str) -> str:
    return " ".join(line.strip() for line in text.splitlines() if line.strip())


def _context(text: str) -> str | None:
    match = _CONTEXT.search(text)
    return _unquoted(match) if match else None


def _unquoted(match: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", next(group for group in match.groups() if group is not None))


def _collect() -> Catalog:
    catalog = Catalog(project="Plancia", charset="utf-8")
    for pattern, method in (("*.py", "python"), ("*.html", from_template), ("*.txt", from_template)):
        for path in sorted(PACKAGE.rglob(pattern)):
            if "migrations" in path.parts or (pattern != "*.py" and "templates" not in path.parts):
                continue
            name = str(path.relative_to(PACKAGE.parent))
            with path.open("rb") as file:
                for _line, message, _comments, context in extract_with(cast(Any, method), file, keywords=_KEYWORDS):
                    catalog.add(message, None, [(name, None)], context=context)  # type: ignore[list-item]  # no line
    return catalog


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _read(language: str) -> Catalog:
    with _po(language).open("rb") as file:
        return read_po(file, locale=language)
