"""
Typesetting: facts become a PDF.

Templates get everything as JSON and nothing as markup, so that no name of a customer can be read as an instruction.
Fonts come with the installation: a document looks the same on every machine.

Source: docs/decisions/0010-documents.md
"""

from __future__ import annotations

import json
import re
import struct
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import fontpkg
import typst

TEMPLATES = Path(__file__).with_name("templates")

# Inter sets the page, Arimo the payment part (it has the shapes and widths of Arial, as SIX asks), both Latin, Greek
# and Cyrillic; Arimo also Hebrew. All are under the SIL Open Font License.
FAMILIES = ("Inter", "Arimo", "Noto Sans Arabic")

_SUBSTITUTE = "\N{WHITE SQUARE}"
_END_OF_TABLE = 0xFFFF
_LONGEST_WORD = 32
_LONG_WORD = re.compile(rf"\S{{{_LONGEST_WORD + 1},}}")


def compile_pdf(template: str, facts: Mapping[str, Any], *, on: date) -> bytes:
    """
    Return a template filled with facts as PDF/A-3b. `on` is the date that the file says it was made.

    Text that no font can show is replaced by a square; words too long for a line may break anywhere.
    """
    page = typst.compile(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=_fonts(),
        format="pdf",
        pdf_standards=["a-3b"],
        sys_inputs={"facts": json.dumps(_presentable(facts), ensure_ascii=False)},
        timestamp=datetime.combine(on, time(12), UTC),
    )
    return bytes(page)


def presentable(text: str) -> str:
    """Return `text` as our fonts can show it, on one line, without signs that steer text."""
    shown = []
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        if ord(character) in _coverage():
            # Marks that turn the direction of all that follows have no place in a name.
            shown.append("" if kind in ("Cf", "Cc") else character)
        elif kind.startswith("Z") or kind == "Cc":
            shown.append(" ")
        elif kind not in ("Cf", "Mn", "Me", "Sk"):
            shown.append(_SUBSTITUTE)
    return "".join(shown).strip()


def breakable(text: str) -> str:
    """Return `text` with places to break in words that are longer than any line should be."""
    return _LONG_WORD.sub(lambda word: "\u200b".join(_pieces(word[0])), text)


def _pieces(word: str) -> Iterable[str]:
    return (word[start : start + 16] for start in range(0, len(word), 16))


def _presentable(value: Any) -> Any:
    match value:
        case str():
            return breakable(presentable(value))
        case dict():
            return {key: item if key.startswith("raw_") else _presentable(item) for key, item in value.items()}
        case list() | tuple():
            return [_presentable(item) for item in value]
    return value


@cache
def _fonts() -> typst.Fonts:
    folders = sorted({str(file.parent) for file in _files()})
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def _files() -> list[Path]:
    return sorted({file.path for family in FAMILIES for file in fontpkg.family(family).files})


@cache
def _coverage() -> frozenset[int]:
    """The characters that at least one of our upright fonts can show."""
    upright = [file for file in _files() if "Italic" not in file.name]
    found = {character for file in upright for character in _characters(file.read_bytes())}
    return frozenset(found - {_END_OF_TABLE})


def _characters(font: bytes) -> Iterable[int]:
    """Yield the characters of a font's table `cmap`. Source: OpenType 1.9, cmap, formats 4 and 12."""
    tables = struct.unpack_from(">H", font, 4)[0]
    entries = (struct.unpack_from(">4sLLL", font, 12 + 16 * place) for place in range(tables))
    start = next(offset for tag, _sum, offset, _length in entries if tag == b"cmap")
    for place in range(struct.unpack_from(">H", font, start + 2)[0]):
        table = start + struct.unpack_from(">HHL", font, start + 4 + 8 * place)[2]
        layout = struct.unpack_from(">H", font, table)[0]
        if layout == 4:
            double = struct.unpack_from(">H", font, table + 6)[0]
            count = double // 2
            ends = struct.unpack_from(f">{count}H", font, table + 14)
            starts = struct.unpack_from(f">{count}H", font, table + 16 + double)
            for first, last in zip(starts, ends, strict=True):
                yield from range(first, last + 1)
        elif layout == 12:
            for group in range(struct.unpack_from(">L", font, table + 12)[0]):
                first, last, _glyph = struct.unpack_from(">LLL", font, table + 16 + 12 * group)
                yield from range(first, last + 1)
