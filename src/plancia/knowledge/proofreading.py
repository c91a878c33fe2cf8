"""Proofreading: what is wrong with the text of an article, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from markdown_it.token import Token

from plancia.knowledge import markup

_OPENING = re.compile(r"^ {0,3}:::+[ \t]*([\w-]+)?[ \t]*(.*)$")
_FORBIDDEN = re.compile(r"\]\(\s*<?\s*(javascript|vbscript|data|file)\s*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Known:
    """What an article may refer to."""

    numbers: frozenset[int]
    attachments: frozenset[str]
    language: str


def mistakes(text: str, known: Known) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with an article, each with its line from 1."""
    yield from _of_lines(text)
    tokens = markup.parse(text)
    anchors = {str(token.attrs["id"]) for token in tokens if token.type == "heading_open"}
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        if token.type == "html_block":
            yield line, _("HTML is not understood here; write Markdown")
        elif token.type == "heading_open" and token.tag not in {"h2", "h3", "h4"}:
            yield line, _("headings start at the second level: the first is the title")
        elif token.type == f"container_{markup.VIDEO}_open":
            yield from ((line, reason) for reason in _of_video(token.info, known))
        elif token.type == "inline":
            yield from ((line, reason) for reason in _of_words(token.children or [], known, anchors))


def _of_words(tokens: list[Token], known: Known, anchors: set[str]) -> Iterator[str]:
    for token in tokens:
        if token.type == "html_inline":
            yield _("HTML is not understood here; write Markdown")
        elif token.type == "image":
            yield from _of_picture(token, known)
        elif token.type == "link_open" and (reason := _of_link(str(token.attrs["href"]), known, anchors)):
            yield reason


def _of_lines(text: str) -> Iterator[tuple[int, str]]:
    opened: list[int] = []
    is_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        if is_code:
            continue
        if _FORBIDDEN.search(line):
            yield number, _("a link of this kind is not allowed")
        match = _OPENING.match(line)
        if match and match[1]:
            opened.append(number)
            if match[1] not in {*markup.BLOCKS, markup.VIDEO}:
                said = {"name": match[1], "names": ", ".join([*markup.BLOCKS, markup.VIDEO])}
                yield number, _("there is no block “%(name)s”; there are: %(names)s") % said
        elif match and opened:
            opened.pop()
        elif match:
            yield number, _("this closes a block that was not opened")
    for number in opened:
        yield number, _("this block is not closed with “:::”")


def _of_link(href: str, known: Known, anchors: set[str]) -> str:
    scheme, _colon, rest = href.partition(":")
    match scheme:
        case "article":
            number = rest.partition("#")[0]
            if not number.isdecimal() or int(number) not in known.numbers:
                return _("leads to article %(number)s, which does not exist") % {"number": number}
        case "screen":
            if not re.fullmatch(r"[a-z0-9_-]+", rest):
                return _("leads to no screen: “%(name)s”") % {"name": rest}
        case "http" | "https":
            if not urlsplit(href).hostname:
                return _("leads nowhere: “%(href)s”") % {"href": href}
        case "mailto":
            pass
        case _:
            if not (href.startswith("#") and href[1:] in anchors):
                return _("leads nowhere: “%(href)s”") % {"href": href}
    return ""


def _of_picture(image: Token, known: Known) -> Iterator[str]:
    name = str(image.attrs["src"])
    if not markup.variant(known.attachments, name, known.language, "light"):
        yield _("the picture “%(name)s” is not in the folder") % {"name": name}
    if not image.content.strip():
        yield _("the picture “%(name)s” has no words for those who do not see it") % {"name": name}


def _of_video(info: str, known: Known) -> Iterator[str]:
    source, pairs = markup.video(info)
    if not source:
        yield _("the video's file or address is missing")
    elif markup.is_far(source):
        if not urlsplit(source).hostname:
            yield _("leads nowhere: “%(href)s”") % {"href": source}
    else:
        if source not in known.attachments or source.rsplit(".", 1)[-1] not in markup.VIDEOS:
            yield _("the video “%(name)s” is not in the folder") % {"name": source}
        if "captions" not in pairs:
            yield _("the video “%(name)s” has no captions") % {"name": source}
    for name in pairs.values():
        if name not in known.attachments:
            yield _("the file “%(name)s” is not in the folder") % {"name": name}
