"""
Understanding what somebody typed: the words that count, and for each what may be meant by it.

A word stands for its own stem; at the end of what is typed, for all that begin with it; if no article has it, for the
words that look most like it; and for its synonyms, which are data.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from plancia.kernel import transaction
from plancia.knowledge.vocabulary import IDLE, STEMMERS

LONGEST, MOST_WORDS = 200, 8
_WORD = re.compile(r"[^\W_]+")
_LETTERS = str.maketrans({"ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "ı": "i"})
#: How alike a word must be to be taken for another, and how many of them are.
_LIKENESS, _MOST_LIKE, _MOST_LONGER = 0.4, 3, 6
#: However rare a word is, it says no more than a few others.
_MOST_WEIGHT = 5.0


@dataclass(slots=True)
class Meaning:
    """
    What one word may mean: `sure` are the stems meant for certain, `perhaps` what may be meant, each all of its stems.

    `weight` says how much it tells: a word that few articles have tells more. `articles` is how many have it.
    """

    sure: list[str] = field(default_factory=list)
    perhaps: list[tuple[str, ...]] = field(default_factory=list)
    weight: float = 1.0
    articles: int = 0


def plain(text: str) -> str:
    """Return what was typed as it is compared: no capitals, no accents, no more than somebody would type."""
    flat = unicodedata.normalize("NFKD", text[: 10 * LONGEST].casefold().translate(_LETTERS))
    kept = "".join(one for one in flat if not unicodedata.combining(one))
    return " ".join(_WORD.findall(kept))[:LONGEST].strip()


def understand(text: str, language: str) -> list[Meaning]:
    """Return what the words of a plain text mean in a language; nothing where none of them tells anything."""
    words = list(dict.fromkeys(text.split()))[: 2 * MOST_WORDS]
    if not words:
        return []
    stems, groups = _stems(words, language)
    telling = [word for word in words if stems[word]]
    telling = ([word for word in telling if word not in IDLE.get(language, ())] or telling)[:MOST_WORDS]
    if not telling:
        return []
    typed = telling[-1] if telling[-1] == words[-1] else ""
    told = _told({stem for word in telling for stem in stems[word]}, typed, groups, language)
    counts, longer, total = told.counts, told.longer, told.total
    unknown = [word for word in telling if not any(counts.get(stem) for stem in stems[word])]
    alike = _alike([word for word in unknown if word != telling[-1] or not longer], language)
    meanings = {}
    for word in telling:
        meaning = Meaning(sure=list(stems[word]), articles=sum(counts.get(stem, 0) for stem in stems[word]))
        if word == telling[-1]:
            meaning.sure += [stem for stem, _count in longer if stem not in meaning.sure]
            meaning.articles += sum(count for _stem, count in longer)
        for stem, count in alike.get(word, ()):
            meaning.perhaps.append((stem,))
            meaning.articles += count
        meaning.weight = min(math.log(1 + (total + 1) / (min(meaning.articles, total) + 1)), _MOST_WEIGHT)
        meanings[word] = meaning
    _add_synonyms(meanings, words, stems | told.stems, groups)
    return list(meanings.values())


def _add_synonyms(
    meanings: Mapping[str, Meaning],
    words: Sequence[str],
    stems: Mapping[str, Sequence[str]],
    groups: Iterable[Sequence[Sequence[str]]],
) -> None:
    said = [tuple(stems[word]) for word in words]
    for group in groups:
        phrases = [[tuple(stems[word]) for word in phrase if stems[word]] for phrase in group]
        for place, phrase in enumerate(phrases):
            start = _find(said, phrase)
            if start is None or words[start] not in meanings:
                continue
            for other, stemmed in enumerate(phrases):
                if other != place and stemmed:
                    meanings[words[start]].perhaps.append(tuple(one[0] for one in stemmed))


def _find(said: Sequence[tuple[str, ...]], phrase: Sequence[tuple[str, ...]]) -> int | None:
    """Return where a phrase begins among the words, comparing stems; None where it is not said."""
    if not phrase:
        return None
    for start in range(len(said) - len(phrase) + 1):
        if list(said[start : start + len(phrase)]) == list(phrase):
            return start
    return None


def _stems(words: Sequence[str], language: str) -> tuple[dict[str, list[str]], list[list[list[str]]]]:
    """
    Return the stems of each word, none of a word that says nothing, such as “the”; and the groups of words that mean
    the same, each phrase as its words.
    """
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            "select 'word', word, to_jsonb(coalesce(ts_lexize(%s, word), array[word])) from unnest(%s::text[]) word"
            " union all select 'groups', '', groups from knowledge_synonyms where language = %s",
            [STEMMERS.get(language, "simple"), list(words), language],
        )
        stems: dict[str, list[str]] = {}
        groups: list[list[list[str]]] = []
        for kind, word, found in cursor.fetchall():
            content = json.loads(found) if isinstance(found, str) else found
            if kind == "word":
                stems[word] = content
            else:
                groups = [[plain(phrase).split() for phrase in group] for group in content]
        return stems, groups


@dataclass(frozen=True, slots=True)
class _Told:
    """
    What the table of words tells: in how many articles each stem stands; the stems of longer words, those in most
    articles first; about how many articles there are, as many as one word has; and the stems of synonyms.
    """

    counts: dict[str, int]
    longer: list[tuple[str, int]]
    total: int
    stems: dict[str, list[str]]


def _told(stems: Iterable[str], typed: str, groups: Sequence[Sequence[Sequence[str]]], language: str) -> _Told:
    values = {
        "language": language,
        "stemmer": STEMMERS.get(language, "simple"),
        "stems": list(stems),
        "beginning": f"{typed}%" if len(typed) > 1 else None,
        "most": _MOST_LONGER,
        "synonyms": sorted({word for group in groups for phrase in group for word in phrase}),
    }
    with transaction.connection().cursor() as cursor:
        cursor.execute(_TOLD, values)
        rows = cursor.fetchall()
    return _Told(
        counts={stem: count for kind, stem, count, _stems in rows if kind == "stem"},
        longer=[(stem, count) for kind, stem, count, _stems in rows if kind == "longer"],
        total=next(count for kind, _stem, count, _stems in rows if kind == "all"),
        stems={word: found for kind, word, _count, found in rows if kind == "synonym"},
    )


def _alike(words: Sequence[str], language: str) -> dict[str, list[tuple[str, int]]]:
    """Return, for words that no article has, the stems of those that look most like them."""
    result: dict[str, list[tuple[str, int]]] = {}
    if not words:
        return result
    with transaction.connection().cursor() as cursor:
        for word in words:
            cursor.execute(_ALIKE, {"language": language, "word": word, "most": _MOST_LIKE, "likeness": _LIKENESS})
            result[word] = list(cursor.fetchall())
    return result


_ALIKE = """
select lexeme, sum(articles)::int from (
    select lexeme, articles, similarity(word, %(word)s) as likeness from knowledge_word
    where language = %(language)s and word %% %(word)s order by likeness desc, word limit %(most)s
) near where likeness >= %(likeness)s group by lexeme order by max(likeness) desc, lexeme
"""
_TOLD = """
select 'stem', lexeme, sum(articles)::int, null::text[] from knowledge_word
    where language = %(language)s and lexeme = any(%(stems)s) group by lexeme
union all (select 'longer', lexeme, sum(articles)::int, null from knowledge_word
    where language = %(language)s and word like %(beginning)s group by lexeme order by 3 desc, 2 limit %(most)s)
union all select 'all', '', coalesce(max(articles), 0), null from knowledge_word where language = %(language)s
union all select 'synonym', word, 0, coalesce(ts_lexize(%(stemmer)s, word), array[word])
    from unnest(%(synonyms)s::text[]) word
"""
