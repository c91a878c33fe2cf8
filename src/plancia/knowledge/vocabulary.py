"""The words that articles use: what search compares with what was typed in part, or wrongly."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from plancia.kernel import transaction

#: PostgreSQL's stemmers, by language.
STEMMERS = {"it": "italian_stem", "en": "english_stem", "fr": "french_stem", "de": "german_stem", "es": "spanish_stem"}
LONGEST = 40
#: Words with which people ask, and which say nothing about what; beside those that PostgreSQL knows, without accents.
IDLE = {
    "it": frozenset("come dove cosa perche posso vorrei voglio fare fa mi quando quale quali serve".split()),  # noqa: SIM905
    "en": frozenset("how where what why can cannot could want need please get way im ive dont".split()),  # noqa: SIM905
    "fr": frozenset("comment pourquoi quand quel quelle peux peut puis voudrais veux faire faut".split()),  # noqa: SIM905
    "de": frozenset("wie wo warum wann kann konnte mochte will muss geht brauche bitte mache".split()),  # noqa: SIM905
    "es": frozenset("como donde que cual esta estan puedo quiero hacer necesito cuando hay".split()),  # noqa: SIM905
}


def refresh(languages: Iterable[str] | None = None) -> None:
    """Count anew in how many published articles each word stands, for all languages unless some are named."""
    with transaction.as_staff(), transaction.atomic(), transaction.connection().cursor() as cursor:
        for language in languages or [code for code, _name in settings.LANGUAGES]:
            cursor.execute("delete from knowledge_word where language = %s", [language])
            cursor.execute(_INSERT, {**_about(language), "source": _SOURCE % language, "more": ""})
        cursor.execute("select knowledge_analyze()")


def add(translation_id: object, language: str) -> None:
    """Count the words of one article that was written just now, without a look at the others."""
    source = f"{_SOURCE % language} and id = '{translation_id}'"
    with transaction.connection().cursor() as cursor:
        cursor.execute(_INSERT, {**_about(language), "source": source})


def _about(language: str) -> dict[str, str | int]:
    return {"language": language, "stemmer": STEMMERS.get(language, "simple"), "longest": LONGEST}


# ts_stat takes a query as text; the language is one of ours.
_SOURCE = (
    "select to_tsvector('knowledge_words', concat_ws(' . ', title, summary, keywords #>> '{}', subjects, plain))"
    " from knowledge_translation where state = 'published' and language = '%s'"
)
_INSERT = """
insert into knowledge_word (id, language, word, lexeme, articles)
select gen_random_uuid(), %(language)s, word, (ts_lexize(%(stemmer)s, word))[1], ndoc
from ts_stat(%(source)s)
where length(word) between 2 and %(longest)s and (ts_lexize(%(stemmer)s, word))[1] is not null
on conflict (language, word) do update set articles = knowledge_word.articles + excluded.articles
"""
