"""Editing: what staff write in the back office. Each change is a revision; what was said before stays to be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.knowledge import importing, markup, proofreading, vocabulary
from plancia.knowledge.importing import Names
from plancia.knowledge.models import Article, Attachment, Category, Revision, Translation
from plancia.knowledge.reading import MOST_TEXT_BYTES
from plancia.knowledge.states import TextState

#: Numbers of articles that staff begin; those of files stand below.
FIRST_NUMBER = 100_000


class TextRefused(Refusal):
    """The marks of a text are wrong; `mistakes` says which, by line."""

    code = "text_refused"
    sentence = _("Please mend the text: %(mistakes)s")
    field = "body"

    def __init__(self, mistakes: Sequence[tuple[int, str]]) -> None:
        shown = "; ".join(
            str(_("line %(line)d: %(reason)s") % {"line": one, "reason": why}) for one, why in mistakes[:10]
        )
        super().__init__(mistakes=shown)
        self.mistakes = list(mistakes)


class EditedMeanwhile(Refusal):
    """Somebody else saved the text since it was opened."""

    code = "edited_meanwhile"
    sentence = _("Somebody else has changed this text since you opened it. Copy what you wrote, and open it again.")


class AlreadyTranslated(Refusal):
    """The article is there in that language already."""

    code = "already_translated"
    sentence = _("This article is there in that language already.")
    field = "language"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a text is to say."""

    title: str
    summary: str
    keywords: Sequence[str]
    body: str
    updated_on: date


@transaction.atomic
def begin(
    *,
    category_id: UUID,
    product_types: Sequence[str],
    language: str,
    draft: Draft,
    names: Names,
    actor: Actor,
    at: datetime,
) -> Translation:
    """
    Begin an article, as a draft in one language. Its number is the next of those that staff give.

    Raises: TextRefused.
    """
    with transaction.connection().cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('plancia.knowledge'))")
    last = Article.objects.filter(number__gte=FIRST_NUMBER).order_by("-number").values_list("number", flat=True).first()
    article = Article.objects.create(
        number=(last or FIRST_NUMBER) + 1, category_id=category_id, product_types=list(product_types)
    )
    return translate(article_id=article.pk, language=language, draft=draft, names=names, actor=actor, at=at)


@transaction.atomic
def translate(
    *, article_id: UUID, language: str, draft: Draft, names: Names, actor: Actor, at: datetime
) -> Translation:
    """
    Write an article in one more language, as a draft.

    Raises: AlreadyTranslated, TextRefused.
    """
    article = Article.objects.select_related("category").get(pk=article_id)
    if Translation.objects.filter(article=article, language=language).exists():
        raise AlreadyTranslated
    row = Translation(
        article=article,
        language=language,
        state=TextState.DRAFT.value,
        revision=1,
        is_edited=True,
        subjects=importing.subjects_of(article.product_types, article.category, language, names),
        **_checked(article, language, draft),
    )
    row.save(force_insert=True)
    importing.revision_of(row, actor=actor, at=at).save(force_insert=True)
    return row


@transaction.atomic
def revise(*, translation_id: UUID, seen: int, draft: Draft, actor: Actor, at: datetime) -> Translation:
    """
    Let a text say what `draft` says, as a new revision; nothing happens where it says that already.

    `seen` is the revision that the writer had before her.

    Raises: EditedMeanwhile, TextRefused.
    """
    row: Translation = Translation.objects.locked().select_related("article").get(pk=translation_id)
    if row.revision != seen:
        raise EditedMeanwhile
    values = _checked(row.article, row.language, draft)
    said = {name: value for name, value in values.items() if name != "updated_on"}
    if all(getattr(row, name) == value for name, value in said.items()):
        return row
    for name, value in values.items():
        setattr(row, name, value)
    row.revision += 1
    row.is_edited = True
    row.save(update_fields=[*values, "revision", "is_edited"])
    importing.revision_of(row, actor=actor, at=at).save(force_insert=True)
    if row.is_published:
        vocabulary.add(row.pk, row.language)
    return row


@transaction.atomic
def restore(*, translation_id: UUID, number: int, seen: int, actor: Actor, at: datetime) -> Translation:
    """
    Let a text say again what an earlier revision said, as a new one.

    Raises: EditedMeanwhile, TextRefused, where what it refers to is gone.
    """
    old = Revision.objects.get(translation_id=translation_id, number=number)
    draft = Draft(old.title, old.summary, old.keywords, old.body, at.date())
    return revise(translation_id=translation_id, seen=seen, draft=draft, actor=actor, at=at)


@transaction.atomic
def move(*, translation_id: UUID, state: TextState) -> Translation:
    """
    Publish a text, take it back to the drafts, or withdraw it.

    Raises: MoveRefused.
    """
    row: Translation = Translation.objects.locked().get(pk=translation_id)
    row.move(state)
    row.is_edited = True
    row.save(update_fields=["is_edited"])
    if row.is_published:
        vocabulary.add(row.pk, row.language)
    return row


def _checked(article: Article, language: str, draft: Draft) -> Mapping[str, object]:
    body = draft.body.replace("\r\n", "\n").replace("\0", "").strip("\n") + "\n"
    known = proofreading.Known(
        numbers=frozenset(Article.objects.values_list("number", flat=True)),
        attachments=frozenset(Attachment.objects.filter(article=article).values_list("name", flat=True)),
        language=language,
    )
    mistakes = list(proofreading.mistakes(body, known))
    if len(body.encode()) > MOST_TEXT_BYTES:
        mistakes.append((0, str(_("is longer than %(most)d kB") % {"most": MOST_TEXT_BYTES // 1000})))
    if mistakes:
        raise TextRefused(mistakes)
    return {
        "title": draft.title,
        "summary": draft.summary,
        "keywords": list(draft.keywords),
        "body": body,
        "plain": markup.plain(body),
        "slug": importing.slug_of(draft.title),
        "updated_on": draft.updated_on,
    }


def categories() -> list[Category]:
    """Return the shelves on which an article may stand."""
    return list(Category.objects.order_by("position", "code"))
