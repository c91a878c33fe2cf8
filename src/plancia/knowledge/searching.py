"""
Searching the help centre: the articles that answer what somebody typed, best first.

First the few hundred articles whose title, keywords or summary have one of the telling words, and those whose text has
all of them; then each is weighed. A word counts for more, the fewer articles have it and the nearer to the title it
stands; votes decide between equals. Source: docs/decisions/0082-search-in-the-database.md
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString

from plancia.kernel import transaction
from plancia.knowledge import asking
from plancia.knowledge.asking import Meaning
from plancia.knowledge.queries import FALLBACK
from plancia.knowledge.vocabulary import STEMMERS

MOST = 20
#: How many articles are looked at by their heads, and how many are weighed.
_MOST_HEADS, _MOST_WEIGHED = 1_500, 40
#: What a word is worth where it stands: in the title, among the keywords, in the summary, in the text.
_TITLE, _KEYWORD, _SUMMARY, _TEXT = 1.0, 0.95, 0.6, 0.3
_PERHAPS = 0.7
_HEADS = (
    ("title", _TITLE),
    ("keyword", _KEYWORD),
    ("maybe_title", _TITLE * _PERHAPS),
    ("summary", _SUMMARY),
    ("maybe_head", _SUMMARY * _PERHAPS),
)
_TEXTS_WORTH = (("text", _TEXT), ("maybe_text", _TEXT * _PERHAPS))
_OPEN, _CLOSE = "\x02", "\x03"
_HEADLINE = f"StartSel={_OPEN}, StopSel={_CLOSE}, MaxWords=28, MinWords=12, ShortWord=2, MaxFragments=1"


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found, with what was looked for marked in its title and in a piece of its text."""

    number: int
    language: str
    slug: str
    title: SafeString
    extract: SafeString
    updated_on: date


def find(text: str, language: str, *, most: int = MOST) -> list[Hit]:
    """
    Return the articles in `language` that answer `text`, at most `most`, the best first.

    Where hardly any does, articles follow that are there in the fallback language alone. Whatever was typed, it is
    words and nothing else: it finds something, or it does not.
    """
    plain = asking.plain(text)
    if not plain:
        return []
    hits = _find(plain, language, most)
    if len(hits) < 3 and language != FALLBACK:
        hits += _find(plain, FALLBACK, most - len(hits), missing_in=language)
    return hits


def _find(plain: str, language: str, most: int, *, missing_in: str = "") -> list[Hit]:
    if language not in STEMMERS:
        return []
    meanings = asking.understand(plain, language)
    if not meanings:
        return []
    with transaction.connection().cursor() as cursor:
        cursor.execute(*_statement(plain, meanings, language, most, missing_in))
        return [
            Hit(number, language, slug, _marked(title), _marked(extract), updated_on)
            for number, slug, title, extract, updated_on in cursor.fetchall()
        ]


def _statement(
    plain: str, meanings: Sequence[Meaning], language: str, most: int, missing_in: str
) -> tuple[str, dict[str, Any]]:
    rare = sorted(meanings, key=lambda one: one.articles)
    values: dict[str, Any] = {
        "language": language,
        "configuration": f"knowledge_{language}",
        "missing_in": missing_in,
        "plain": plain,
        "heads": _any(_selective(rare)),
        "most": most,
        "weighed": _MOST_WEIGHED,
        "headline": _HEADLINE,
        "marked": _any(meanings),
        "total": sum(one.weight for one in meanings),
        "words": len(meanings),
    }
    head, whole = [], []
    for place, one in enumerate(meanings):
        values[f"weight{place}"] = one.weight
        queries = _queries(one)
        values |= {f"{name}{place}": query for name, query in queries.items()}
        head.append(f"%(weight{place})s::float8 * {_worth(place, queries, has_text=False)}")
        whole.append(f"%(weight{place})s::float8 * {_worth(place, queries, has_text=True)}")
    texts = []
    for number, query in enumerate(_texts(rare)):
        values[f"texts{number}"] = query
        texts.append(_TEXTS.replace("%(texts)s", f"%(texts{number})s"))
    pieces = {
        "SHOWN": _MISSING if missing_in else "",
        "HEAD": " + ".join(head),
        "WHOLE": " + ".join(whole),
        "TEXTS": " union all ".join(texts),
        "BREVITY": _BREVITY,
    }
    return re.sub(r"\b(SHOWN|HEAD|WHOLE|TEXTS|BREVITY)\b", lambda found: pieces[found[0]], _STATEMENT), values


def _worth(place: int, queries: Mapping[str, str], *, has_text: bool) -> str:
    """Return the SQL that says what one word is worth in one article. What nothing is asked of is left out."""
    cases = [(f"t.head @@ %({name}{place})s::tsquery", worth) for name, worth in _HEADS if queries[name]]
    if has_text:
        cases += [(f"t.terms @@ %({name}{place})s::tsquery", worth) for name, worth in _TEXTS_WORTH if queries[name]]
    return "case " + " ".join(f"when {test} then {worth}::float8" for test, worth in cases) + " else 0 end"


def _queries(meaning: Meaning) -> dict[str, str]:
    sure = [(stem,) for stem in meaning.sure]
    return {
        "title": _or(sure, ":A"),
        "keyword": _or(sure, ":B"),
        "summary": _or(sure, ":C"),
        "text": _or(sure),
        "maybe_title": _or(meaning.perhaps, ":A"),
        "maybe_head": _or(meaning.perhaps, ":BC"),
        "maybe_text": _or(meaning.perhaps),
    }


def _selective(rare: Sequence[Meaning]) -> list[Meaning]:
    """Return the words to look for in heads: the rarest, as long as few enough articles have one of them."""
    chosen: list[Meaning] = []
    articles = 0
    for one in rare:
        articles += one.articles
        if chosen and articles > _MOST_HEADS:
            break
        chosen.append(one)
    return chosen


def _texts(rare: Sequence[Meaning]) -> list[str]:
    """Return what to look for in texts: all words, then the rarest three, then the rarest two."""
    sizes = dict.fromkeys(size for size in (len(rare), 3, 2) if size <= len(rare))
    return [_every(rare[:size]) for size in sizes]  # one word alone: all of them


def _every(meanings: Iterable[Meaning]) -> str:
    return " & ".join(f"({_either(one)})" for one in meanings)


def _any(meanings: Iterable[Meaning]) -> str:
    return " | ".join(_either(one) for one in meanings)


def _either(meaning: Meaning) -> str:
    return _or([*((stem,) for stem in meaning.sure), *meaning.perhaps])


def _or(alternatives: Iterable[Sequence[str]], where: str = "") -> str:
    return " | ".join("(" + " & ".join(f"{_quoted(stem)}{where}" for stem in all_) + ")" for all_ in alternatives)


def _quoted(stem: str) -> str:
    return "'" + stem.replace("\\", "\\\\").replace("'", "''") + "'"


def _marked(text: str) -> SafeString:
    """Return text of an article as HTML, with what was found in `<mark>`."""
    html = re.sub(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}", r"<mark>\1</mark>", str(escape(text)))
    return SafeString(html.replace(_OPEN, "").replace(_CLOSE, ""))


_MISSING = """
and not exists (select from knowledge_translation o
    where o.article_id = t.article_id and o.language = %(missing_in)s and o.state = 'published')
"""
_TEXTS = "(select t.id from shown t where t.terms @@ %(texts)s::tsquery limit %(weighed)s)"
# Of articles that say the same words, the one whose title says the least else is about them.
_BREVITY = "0.15::float8 * least(1, %(words)s / greatest(length(ts_filter(t.head, '{a}')), 1)::float8)"
# SHOWN, HEAD, WHOLE and TEXTS are made above; what was typed goes in as values.
_STATEMENT = """
with shown as not materialized (
    select t.* from knowledge_translation t where t.language = %(language)s and t.state = 'published' SHOWN
),
heads as (
    select id from shown t where t.head @@ %(heads)s::tsquery
    order by (HEAD) / %(total)s + BREVITY desc, id limit %(weighed)s
),
found as (select id from heads union TEXTS),
-- Each text is taken out of its storage once, however many words are looked for in it.
looked as materialized (
    select t.id, t.title, t.head, t.terms || ''::tsvector as terms, t.helpful, t.unhelpful
    from found join knowledge_translation t using (id)
),
weighed as (
    select t.id,
        (WHOLE) / %(total)s + BREVITY
        + 0.15 * word_similarity(%(plain)s, lower(unaccent(t.title)))
        + 0.10 * similarity(%(plain)s, lower(unaccent(t.title)))
        + 0.05::float8 * (t.helpful - t.unhelpful) / (t.helpful + t.unhelpful + 5) as score
    from looked t
),
best as (select * from weighed order by score desc, id limit %(most)s)
select a.number, t.slug,
    ts_headline(%(configuration)s::regconfig, t.title, %(marked)s::tsquery, %(headline)s || ', HighlightAll=true'),
    case when t.terms @@ %(marked)s::tsquery
        then ts_headline(%(configuration)s::regconfig, t.plain, %(marked)s::tsquery, %(headline)s)
        else t.summary end,
    t.updated_on
from best join knowledge_translation t using (id) join knowledge_article a on a.id = t.article_id
order by best.score desc, t.id
"""
