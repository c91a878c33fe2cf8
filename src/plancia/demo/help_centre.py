"""The help centre of the demo: the bundled articles, what readers think of them, and what they did not find."""

from __future__ import annotations

from datetime import datetime, timedelta

from plancia.catalog import queries
from plancia.kernel.actors import SYSTEM
from plancia.knowledge import bundled, importing, questions, reading, voting
from plancia.knowledge.models import Translation

#: Opinions by article and language: how many it helped, and what those whom it did not help missed.
OPINIONS: tuple[tuple[int, str, int, tuple[str, ...]], ...] = (
    (1120, "it", 14, ()),
    (5000, "it", 11, ("",)),
    (6010, "it", 9, ("",)),
    (3000, "en", 7, ()),
    (5020, "it", 2, ("Vendo in tutta Europa: quale aliquota vale per me?", "", "Un esempio con i numeri")),
    (2050, "fr", 1, ("Une image de la page", "")),
    (7000, "de", 3, ("Wie lange dauert es, bis der Link kommt?",)),
)
#: What was looked for in vain: language, words, how often.
QUESTIONS = (
    ("it", "certificato wildcard", 6),
    ("it", "migrare un sito wordpress", 4),
    ("en", "dns propagation time", 3),
    ("de", "server standort wählen", 2),
    ("fr", "sauvegarde automatique base de données", 2),
)


def stock(*, at: datetime) -> None:
    """Import the bundled articles."""
    names = {code: row.names for code, row in queries.contents().types.items()}
    importing.load(reading.read(bundled.directory()), product_names=names, actor=SYSTEM, at=at)


def live(*, until: datetime) -> None:
    """Let readers vote and look for things in the weeks before `until`."""
    texts = {
        (text.article.number, text.language): text
        for text in Translation.objects.select_related("article").defer("body", "plain")
    }
    for number, language, helped, others in OPINIONS:
        text = texts[number, language]
        for place, missing in enumerate([*[None] * helped, *others]):
            voting.cast(
                translation_id=text.pk,
                voter=voting.voter(user_id=None, ip=f"192.0.2.{place}"),
                is_helpful=missing is None,
                missing=missing or "",
                at=until - timedelta(days=1 + place * 3 % 50),
            )
    for language, words, times in QUESTIONS:
        for place in range(times):
            questions.note(words, language, at=until - timedelta(days=1 + 4 * place))
