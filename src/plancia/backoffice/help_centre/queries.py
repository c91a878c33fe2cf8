"""Reading the help centre for staff: drafts, votes and questions included."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, FloatField, Q
from django.db.models.functions import Cast

from plancia.kernel.pages import Page, page_of
from plancia.knowledge.models import Article, Question, Revision, Translation, Vote
from plancia.knowledge.states import TextState

#: Below so few votes, an article is not called bad.
FEWEST_VOTES = 3
#: The index of the votes of an article that few voted on is drawn to the middle.
_PRIOR = 2


@dataclass(frozen=True, slots=True)
class TextRow:
    """One language of an article."""

    public_id: str
    language: str
    state: str
    is_edited: bool


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article in the list."""

    public_id: str
    number: int
    title: str
    category: str
    updated_on: date
    texts: Sequence[TextRow]


@dataclass(frozen=True, slots=True)
class WorstRow:
    """A text that helps few."""

    public_id: str
    number: int
    language: str
    title: str
    helpful: int
    unhelpful: int
    missing: Sequence[str]


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """What readers did not find."""

    public_id: str
    language: str
    text: str
    times: int
    asked_at: datetime


def articles(*, search: str, state: str, page: int, language: str) -> Page[ArticleRow]:
    """Return a page of the articles, by number; one query for the articles and one for all their languages."""
    found = Article.objects.select_related("category")
    if search.isdecimal() and len(search) < 9:
        found = found.filter(number=int(search))
    elif search:
        found = found.filter(
            Q(translations__title__icontains=search) | Q(translations__keywords__icontains=search)
        ).distinct()
    if state == "edited":
        found = found.filter(translations__is_edited=True).distinct()
    elif state:
        found = found.filter(translations__state=state).distinct()
    rows = page_of(found.order_by("number"), lambda row: row, number=page)
    texts: dict[object, list[Translation]] = {}
    for text in (
        Translation.objects.filter(article__in=[row.pk for row in rows])
        .only("article_id", "language", "state", "is_edited", "title", "updated_on")
        .order_by("language")
    ):
        texts.setdefault(text.article_id, []).append(text)
    return Page([_article(row, texts.get(row.pk, []), language) for row in rows], rows.number, rows.size, rows.total)


def worst(*, page: int) -> Page[WorstRow]:
    """Return the published texts that helped the smallest part of those who voted, with what was missing."""
    found = (
        Translation.objects.filter(state=TextState.PUBLISHED, unhelpful__gt=0)
        .alias(opinions=F("helpful") + F("unhelpful"))
        .filter(opinions__gte=FEWEST_VOTES)
        .alias(share=Cast(F("helpful") + _PRIOR, FloatField()) / (F("helpful") + F("unhelpful") + 2 * _PRIOR))
        .select_related("article")
        .defer("body", "plain")
        .order_by("share", "-unhelpful", "pk")
    )
    rows = page_of(found, lambda row: row, number=page)
    said: dict[object, list[str]] = {}
    for key, text in (
        Vote.objects.filter(translation__in=[row.pk for row in rows], is_helpful=False)
        .exclude(missing="")
        .order_by("-voted_at", "pk")
        .values_list("translation_id", "missing")[:200]
    ):
        said.setdefault(key, []).append(text)
    return Page(
        [
            WorstRow(
                public_id=row.public_id,
                number=row.article.number,
                language=row.language,
                title=row.title,
                helpful=row.helpful,
                unhelpful=row.unhelpful,
                missing=said.get(row.pk, [])[:5],
            )
            for row in rows
        ],
        rows.number,
        rows.size,
        rows.total,
    )


def questions(*, language: str, page: int) -> Page[QuestionRow]:
    """Return what was looked for in vain, what was asked most first."""
    found = Question.objects.all()
    if language:
        found = found.filter(language=language)
    return page_of(
        found.order_by("-times", "-asked_at", "pk"),
        lambda row: QuestionRow(row.public_id, row.language, row.text, row.times, row.asked_at),
        number=page,
    )


def revisions(translation: Translation) -> list[Revision]:
    """Return the newest revisions of a text, without what they say."""
    return list(Revision.objects.filter(translation=translation).defer("body").order_by("-number")[:50])


def missing(translation: Translation) -> list[Vote]:
    """Return what readers say was missing from a text, the newest first."""
    found = Vote.objects.filter(translation=translation, is_helpful=False).exclude(missing="")
    return list(found.order_by("-voted_at", "pk")[:20])


def differences(before: Revision, now: Translation) -> list[tuple[str, str]]:
    """Return how a text differs from an earlier revision: lines, each with “+”, “-” or nothing before it."""
    old, new = ([row.title, row.summary, "", *row.body.splitlines()] for row in (before, now))
    kinds = {"+": "added", "-": "removed", " ": "same"}
    return [(kinds[line[0]], line[2:]) for line in difflib.ndiff(old, new) if line[0] in kinds]


def _article(row: Article, texts: Sequence[Translation], language: str) -> ArticleRow:
    wanted = sorted(texts, key=lambda text: (text.language != language, text.language != "en", text.language))
    return ArticleRow(
        public_id=row.public_id,
        number=row.number,
        title=wanted[0].title if wanted else "",
        category=row.category.names.get(language, row.category.code),
        updated_on=max((text.updated_on for text in texts), default=date.min),
        texts=[TextRow(text.public_id, text.language, text.state, text.is_edited) for text in texts],
    )
