"""
The marks of articles: Markdown, with blocks of their own, read once for mistakes and once for the page.

What an author writes is never trusted: HTML is refused by the reader of files, not understood by the renderer, and
what the renderer makes is cleaned once more. Source: docs/decisions/0081-articles-are-untrusted-markdown.md
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from html import escape
from typing import Any
from urllib.parse import urlsplit

import nh3
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

#: The blocks that an author may open with `::: name`; how they are titled, unless the author says.
BLOCKS: Mapping[str, Callable[[], str]] = {
    "note": lambda: _("Good to know"),
    "tip": lambda: _("Tip"),
    "warning": lambda: _("Careful"),
    "prerequisites": lambda: _("Before you start"),
}
VIDEO = "video"
_PICTURES, _LINKS = re.compile(r"!\[[^\]]*\]\([^)]*\)"), re.compile(r"\[([^\]]+)\]\([^)]*\)")
_FRAMES, _GAPS = re.compile(r"^(?::::.*$|#+ )", re.MULTILINE), re.compile(r"\n{3,}")
_PAIR = re.compile(r"^(captions|poster)=(\S+)$")

PICTURES = ("png", "jpg", "jpeg", "webp", "gif")
VIDEOS = ("mp4", "webm")

_TAGS = {
    *(
        "a",
        "aside",
        "blockquote",
        "br",
        "code",
        "dd",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h2",
        "h3",
        "h4",
    ),
    *("hr", "img", "li", "ol", "p", "pre", "source", "span", "strong", "table", "tbody", "td", "th", "thead", "tr"),
    *("track", "ul", "video"),
}
_ATTRIBUTES = {
    "*": {"class", "id", "lang"},
    "a": {"href", "rel"},
    "div": {"role", "tabindex", "aria-label"},
    "img": {"src", "alt", "loading", "width", "height"},
    "ol": {"start"},
    "td": {"style"},
    "th": {"style", "scope"},
    "track": {"src", "kind", "srclang", "label", "default"},
    "video": {"src", "controls", "preload", "poster"},
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an article's page knows: the addresses of other articles, screens and attachments."""

    language: str
    article_url: Callable[[int], str]
    screen_url: Callable[[str], str]
    #: The address of each attachment, by its name.
    attachments: Mapping[str, str] = field(default_factory=dict)
    #: The width and height of each that is a picture.
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of an article, for its table of contents."""

    anchor: str
    text: str


def render(text: str, surroundings: Surroundings) -> SafeString:
    """Return an article as HTML that is safe to put into a page, in the words of the present language."""
    html = _markdown().render(text, {"surroundings": surroundings})
    return SafeString(
        nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel=None)
    )


def plain(text: str) -> str:
    """Return what an article says without its marks: for search and for extracts."""
    parts = []
    for token in parse(text):
        if token.type == "inline":
            parts.append("".join(words(token.children or [])))
        elif token.type in {"fence", "code_block"}:
            parts.append(token.content)
    return "\n".join(part.strip() for part in parts if part.strip())


def letter(text: str) -> str:
    """Return what an article says as a letter says it: steps keep their numbers, and nothing is marked."""
    unmarked = _LINKS.sub(r"\1", _PICTURES.sub("", text)).replace("**", "")
    return _GAPS.sub("\n\n", _FRAMES.sub("", unmarked)).strip()


def headings(text: str) -> list[Heading]:
    """Return the headings of the second level."""
    tokens = parse(text)
    return [
        Heading(str(token.attrs["id"]), "".join(words(tokens[place + 1].children or [])))
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h2"
    ]


def bold(text: str) -> list[tuple[int, str]]:
    """Return what stands in bold, with its line: the names of menus, buttons and paths."""
    found = []
    for line, children in inline(parse(text)):
        said: list[str] | None = None
        for child in children:
            if child.type == "strong_open":
                said = []
            elif child.type == "strong_close" and said is not None:
                found.append((line, "".join(said)))
                said = None
            elif said is not None:
                said.extend(words([child]))
    return found


def links(text: str) -> list[tuple[int, str]]:
    """Return where an article's links lead, with their lines."""
    return [
        (line, str(child.attrs["href"]))
        for line, children in inline(parse(text))
        for child in children
        if child.type == "link_open"
    ]


@lru_cache(maxsize=1)
def parse(text: str) -> Sequence[Token]:
    """Return an article's tokens; HTML is a token of its own. The last are kept: they are read several times."""
    return _strict().parse(text)


def inline(tokens: Sequence[Token]) -> Iterator[tuple[int, Sequence[Token]]]:
    """Yield what stands within the lines, with the number of the first, from 1."""
    for token in tokens:
        if token.type == "inline":
            yield (token.map[0] + 1 if token.map else 0), token.children or []


def video(info: str) -> tuple[str, dict[str, str]]:
    """Return what a video's block names: its file or address, and by name its captions and poster."""
    said = info.split()[1:]
    pairs = {match[1]: match[2] for one in said[1:] if (match := _PAIR.match(one))}
    return (said[0] if said else ""), pairs


def is_far(source: str) -> bool:
    """Say whether a video lies elsewhere."""
    return source.startswith(("https://", "http://"))


def words(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the words of inline tokens, without marks."""
    for token in tokens:
        if token.type in {"text", "code_inline"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield " "
        elif token.type == "image":
            yield token.content


@cache
def _markdown() -> MarkdownIt:
    return _made(has_html=False)


@cache
def _strict() -> MarkdownIt:
    return _made(has_html=True)


def _made(*, has_html: bool) -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": has_html}).enable("table")
    for name in BLOCKS:
        markdown.use(container_plugin, name=name, render=_block(name))
    markdown.use(container_plugin, name=VIDEO, render=_draw_video)
    markdown.core.ruler.push("anchors", _anchor)
    markdown.core.ruler.push("figures", _frame)
    markdown.core.ruler.push("corners", _empty_corners)
    markdown.add_render_rule("image", _draw_picture)
    markdown.add_render_rule("link_open", _draw_link)
    markdown.add_render_rule("table_open", _open_table)
    markdown.add_render_rule("table_close", _close_table)
    return markdown


def _anchor(state: StateCore) -> None:
    taken: set[str] = set()
    for place, token in enumerate(state.tokens):
        if token.type == "heading_open":
            name = slugify("".join(words(state.tokens[place + 1].children or [])))[:60] or "part"
            while name in taken:
                name += "-more"
            taken.add(name)
            token.attrSet("id", name)


def _frame(state: StateCore) -> None:
    """Make a figure of a paragraph that is a picture and nothing else."""
    for place in range(len(state.tokens) - 2):
        paragraph, inline, end = state.tokens[place : place + 3]
        children = inline.children or []
        if paragraph.type == "paragraph_open" and len(children) == 1 and children[0].type == "image":
            paragraph.tag = end.tag = "figure"
            paragraph.attrSet("class", "figure")


def _empty_corners(state: StateCore) -> None:
    """Make a plain cell of a heading that says nothing: the corner of a table is no heading."""
    for place in range(len(state.tokens) - 2):
        opening, inline_, closing = state.tokens[place : place + 3]
        if opening.type == "th_open" and not inline_.content.strip():
            opening.tag = closing.tag = "td"


def _block(name: str) -> Callable[..., str]:
    tone = {"warning": "warning", "prerequisites": "neutral", "tip": "success"}.get(name, "info")

    def draw(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        if tokens[place].nesting < 0:
            return "</aside>\n"
        title = tokens[place].info.strip()[len(name) :].strip() or BLOCKS[name]()
        return f'<aside class="callout callout--{tone}"><p class="callout__title">{escape(title)}</p>\n'

    return draw


def _draw_video(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    if tokens[place].nesting < 0:
        return "</div></div>\n"
    source, pairs = video(tokens[place].info)
    around: Surroundings = env["surroundings"]
    if is_far(source):
        # Nothing is loaded from elsewhere: following the link is the reader's consent.
        host = escape(urlsplit(source).hostname or "")
        label = escape(_("Watch the video on %(host)s") % {"host": urlsplit(source).hostname or ""})
        tells = escape(_("It opens there, and %(host)s learns that you watch it.") % {"host": host})
        return (
            f'<div class="video video--far"><a class="button" rel="noopener noreferrer" href="{escape(source)}">{label}'
            f'</a><p class="video__tells">{tells}</p><div class="video__text">'
        )
    at = {name: escape(around.attachments.get(file, "")) for name, file in pairs.items()}
    poster = f' poster="{at["poster"]}"' if at.get("poster") else ""
    track = (
        f'<track kind="captions" default src="{at["captions"]}" srclang="{escape(around.language)}">'
        if at.get("captions")
        else ""
    )
    url = escape(around.attachments.get(source, ""))
    return (
        f'<div class="video"><video controls preload="none" src="{url}"{poster}>{track}</video>'
        '<div class="video__text">'
    )


def _draw_picture(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    image, around = tokens[place], env["surroundings"]
    name, alt = str(image.attrs["src"]), escape(image.content)
    light = variant(around.attachments, name, around.language, "light")
    dark = variant(around.attachments, name, around.language, "dark")
    if not light:
        return alt
    shown = [(light, "figure__light" if dark and dark != light else "")]
    if dark and dark != light:
        shown.append((dark, "figure__dark"))
    html = "".join(
        f'<img class="figure__picture {kind}" src="{escape(around.attachments[file])}" alt="{alt}" loading="lazy"'
        f"{_size(around.sizes.get(file))}>"
        for file, kind in shown
    )
    caption = str(image.attrs.get("title") or "")
    return html + (f'<figcaption class="figure__caption">{escape(caption)}</figcaption>' if caption else "")


def _size(size: tuple[int, int] | None) -> str:
    return f' width="{size[0]}" height="{size[1]}"' if size else ""


def variant(names: Mapping[str, str] | frozenset[str], name: str, language: str, theme: str) -> str:
    """Return the attachment that shows `name` best: in the language and the theme, in one of them, or as it is."""
    stem, _dot, ending = name.rpartition(".")
    if ending not in PICTURES:
        return ""
    others = ("light", "dark") if theme == "light" else ("dark", "light")
    tried = [f"{stem}.{language}.{one}.{ending}" for one in others]
    tried += [f"{stem}.{language}.{ending}", *(f"{stem}.{one}.{ending}" for one in others), name]
    tried += [f"{stem}.en.{one}.{ending}" for one in others]
    return next((one for one in tried if one in names), "")


def _draw_link(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    href, around = str(tokens[place].attrs["href"]), env["surroundings"]
    scheme, _colon, rest = href.partition(":")
    if scheme == "article" and rest.partition("#")[0].isdecimal():
        number, hash_, anchor = rest.partition("#")
        return f'<a href="{escape(around.article_url(int(number)))}{escape(hash_ + anchor)}">'
    if scheme == "screen":
        return f'<a href="{escape(around.screen_url(rest))}">'
    rel = "" if href.startswith("#") else ' rel="noopener noreferrer"'
    return f'<a href="{escape(href)}"{rel}>'


def _open_table(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    # Wide tables scroll by themselves, also for those who use the keyboard.
    return f'<div class="article__table" role="region" tabindex="0" aria-label="{escape(_("Table"))}"><table>\n'


def _close_table(self: RendererHTML, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
    return "</table></div>\n"
