"""Exporting the help centre: folders that an import takes over again, without loss."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from plancia.kernel import transaction
from plancia.kernel.refusals import Refusal
from plancia.knowledge import writing
from plancia.knowledge.models import Article, Attachment, Category, Synonyms, Translation
from plancia.knowledge.reading import ARTICLE_FILE, CATEGORIES_FILE, SYNONYMS_FILE
from plancia.knowledge.states import TextState


class PlaceTaken(Refusal):
    """The directory to export into holds something already."""

    code = "place_taken"
    sentence = _("“%(place)s” is not empty. Name a directory that is new or empty.")


def files() -> Iterator[tuple[str, bytes]]:
    """Yield name and content of every file, as staff. What was withdrawn is left out."""
    with transaction.as_staff(), transaction.atomic():
        yield CATEGORIES_FILE, _categories().encode()
        groups = [writing.groups(row.language, row.groups) for row in Synonyms.objects.order_by("language")]
        if groups:
            yield SYNONYMS_FILE, "\n".join(groups).encode()
        texts: dict[object, list[Translation]] = {}
        for row in Translation.objects.exclude(state=TextState.WITHDRAWN).defer("plain").order_by("language"):
            texts.setdefault(row.article_id, []).append(row)
        for article in Article.objects.select_related("category").order_by("number"):
            if article.pk in texts:
                yield from _article(article, texts[article.pk])


def write(directory: Path) -> int:
    """
    Write all files below `directory`, and return how many.

    Raises: PlaceTaken.
    """
    if directory.exists() and any(directory.iterdir()):
        raise PlaceTaken(place=str(directory))
    count = 0
    for name, content in files():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        count += 1
    return count


def _article(article: Article, texts: list[Translation]) -> Iterator[tuple[str, bytes]]:
    folder = article.folder or f"{article.number}-{texts[0].slug}"
    yield (
        f"{folder}/{ARTICLE_FILE}",
        writing.article(
            {
                "number": article.number,
                "category": article.category.code,
                "product_types": article.product_types,
                "screens": article.screens,
                "opens": "" if article.opens == next(iter(article.screens), "") else article.opens,
                "related": article.related,
                "prerequisites": article.prerequisites,
                "languages": article.languages,
            }
        ).encode(),
    )
    for row in texts:
        yield (
            f"{folder}/{row.language}.md",
            writing.text(
                title=row.title,
                summary=row.summary,
                keywords=row.keywords,
                updated_on=row.updated_on,
                state=row.state,
                body=row.body,
            ).encode(),
        )
    for one in Attachment.objects.filter(article=article).order_by("name"):
        yield f"{folder}/{one.name}", bytes(one.content)


def _categories() -> str:
    return "\n".join(
        writing.table(
            row.code, {"icon": row.icon, "names": _in_order(row.names), "summaries": _in_order(row.summaries)}
        )
        for row in Category.objects.order_by("position", "code")
    )


def _in_order(texts: dict[str, str]) -> dict[str, str]:
    return {code: texts[code] for code, _name in settings.LANGUAGES if code in texts}
