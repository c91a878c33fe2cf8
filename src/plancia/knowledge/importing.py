"""Importing a help centre: the tables become what the folders say, wholly or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from django.utils.text import slugify
from django.utils.translation import gettext as _

from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.rows import Row
from plancia.knowledge import vocabulary, writing
from plancia.knowledge.library import ArticleEntry, Library, LibraryRefused, Mistake, TextEntry
from plancia.knowledge.models import Article, Attachment, Category, Revision, Synonyms, Translation
from plancia.knowledge.states import TextState

#: The names of product types by code and language; search finds articles by them.
Names = Mapping[str, Mapping[str, str]]
AnyRow = TypeVar("AnyRow", bound=Row)

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Summary:
    """What an import did: how many `texts_added`, `texts_changed`, …; only what is not zero."""

    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def has_changed(self) -> bool:
        return bool(self.counts)

    def __str__(self) -> str:
        said = ", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in self.counts.items())
        return f"The help centre is imported. {said}." if said else "The help centre was as its folders say."


def load(library: Library, *, product_names: Names, actor: Actor, at: datetime, overwrites: bool = False) -> Summary:
    """
    Make the tables say what `library` says, as staff, and return what changed.

    What is no longer in the folders is withdrawn, never deleted. What staff wrote in the back office stays where its
    file stayed too; where both changed, nothing is imported, unless `overwrites`. Imports wait for each other.

    Raises: LibraryRefused.
    Source: docs/decisions/0080-articles-as-folders.md
    """
    with transaction.as_staff(), transaction.atomic():
        with transaction.connection().cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtext('plancia.knowledge'))")
        counts: Counter[str] = Counter()
        categories = _load_categories(library, counts)
        articles = _load_articles(library, categories, counts)
        _load_attachments(library, articles, counts)
        touched = _Texts(library, articles, categories, product_names, actor, at, overwrites).load(counts)
        _load_synonyms(library, counts)
        if touched:
            vocabulary.refresh(sorted(touched))
        return Summary(dict(sorted(counts.items())))


def slug_of(title: str) -> str:
    """Return how a title is written in an address."""
    return slugify(title.replace("ß", "ss"))[:100].strip("-") or "article"


def subjects_of(product_types: Iterable[str], category: Category, language: str, names: Names) -> str:
    """Return the names of what an article is about, in a language."""
    said = [names[code].get(language, "") for code in product_types if code in names]
    return " . ".join(one for one in [*said, category.names.get(language, "")] if one)


def _load_categories(library: Library, counts: Counter[str]) -> dict[str, Category]:
    rows: dict[str, Category] = {row.code: row for row in Category.objects.all()}
    for entry in library.categories:
        wanted = {
            "position": entry.position,
            "icon": entry.icon,
            "names": dict(entry.names),
            "summaries": dict(entry.summaries),
        }
        row = rows.get(entry.code)
        if row is None:
            rows[entry.code] = Category.objects.create(code=entry.code, **wanted)
            counts["categories_added"] += 1
        elif _change(row, wanted):
            counts["categories_changed"] += 1
    return rows


def _load_articles(library: Library, categories: Mapping[str, Category], counts: Counter[str]) -> dict[int, Article]:
    rows: dict[int, Article] = {row.number: row for row in Article.objects.all()}
    fresh = []
    for entry in library.articles:
        wanted = {
            "category_id": categories[entry.category].pk,
            "folder": entry.folder,
            "product_types": list(entry.product_types),
            "screens": list(entry.screens),
            "opens": entry.opens,
            "related": list(entry.related),
            "prerequisites": list(entry.prerequisites),
            "languages": list(entry.languages),
        }
        row = rows.get(entry.number)
        if row is None:
            rows[entry.number] = row = Article(number=entry.number, **wanted)
            fresh.append(row)
        elif _change(row, wanted):
            counts["articles_changed"] += 1
    Article.objects.bulk_create(fresh, batch_size=_BATCH)
    if fresh:
        counts["articles_added"] = len(fresh)
    return rows


def _load_attachments(library: Library, articles: Mapping[int, Article], counts: Counter[str]) -> None:
    present = {
        (article_id, name): (key, digest)
        for key, article_id, name, digest in Attachment.objects.values_list("pk", "article_id", "name", "digest")
    }
    for entry in library.articles:
        article = articles[entry.number]
        for one in entry.attachments:
            key, digest = present.pop((article.pk, one.name), (None, ""))
            if digest == one.digest:
                continue
            values = {"media_type": one.media_type, "digest": one.digest, "content": one.content}
            if key is None:
                Attachment.objects.create(article=article, name=one.name, **values)
            else:
                Attachment.objects.filter(pk=key).update(**values)
            counts["attachments_changed" if key else "attachments_added"] += 1
    imported = {articles[entry.number].pk for entry in library.articles}
    gone = [key for (article_id, _name), (key, _digest) in present.items() if article_id in imported]
    if gone:
        Attachment.objects.filter(pk__in=gone).delete()
        counts["attachments_removed"] = len(gone)


def _load_synonyms(library: Library, counts: Counter[str]) -> None:
    rows = {row.language: row for row in Synonyms.objects.all()}
    for language, groups in library.synonyms.items():
        wanted = [list(group) for group in groups]
        row = rows.get(language)
        if row is None:
            Synonyms.objects.create(language=language, groups=wanted)
            counts["synonyms_added"] += 1
        elif _change(row, {"groups": wanted}):
            counts["synonyms_changed"] += 1


class _Texts:
    """The texts of one import."""

    def __init__(
        self,
        library: Library,
        articles: Mapping[int, Article],
        categories: Mapping[str, Category],
        names: Names,
        actor: Actor,
        at: datetime,
        overwrites: bool,
    ) -> None:
        self.library, self.articles, self.names = library, articles, names
        self.categories = {row.pk: row for row in categories.values()}
        self.actor, self.at, self.overwrites = actor, at, overwrites
        self.mistakes: list[Mistake] = []
        self.touched: set[str] = set()

    def load(self, counts: Counter[str]) -> set[str]:
        """Write what changed; return the languages in which something did."""
        present: dict[tuple[object, str], Translation] = {
            (row.article_id, row.language): row for row in Translation.objects.defer("plain").order_by("pk")
        }
        fresh: list[Translation] = []
        revisions: list[Revision] = []
        for article, entry, text in self._entries():
            row = present.pop((article.pk, text.language), None)
            values = self._values(article, entry, text)
            if row is None:
                row = Translation(article=article, language=text.language, revision=1, **values)
                fresh.append(row)
                revisions.append(self._revision(row))
                counts["texts_added"] += 1
            elif row.imported != text.digest and self._may_change(row, text):
                if self._says_the_same(row, text):
                    row.imported, row.is_edited = text.digest, False
                    row.save(update_fields=["imported", "is_edited"])
                    continue
                row.revision += 1
                _change(row, {**values, "revision": row.revision, "is_edited": False}, always=["revision"])
                revisions.append(self._revision(row))
                counts["texts_changed"] += 1
            elif row.imported == text.digest and self._return(row, values):
                counts["texts_returned"] += 1
            else:
                continue
            self.touched.add(text.language)
        self._withdraw(present.values(), counts)
        if self.mistakes:
            raise LibraryRefused(self.mistakes)
        Translation.objects.bulk_create(fresh, batch_size=_BATCH)
        Revision.objects.bulk_create(revisions, batch_size=_BATCH)
        return self.touched

    def _entries(self) -> Iterator[tuple[Article, ArticleEntry, TextEntry]]:
        for entry in self.library.articles:
            for text in entry.texts:
                yield self.articles[entry.number], entry, text

    def _values(self, article: Article, entry: ArticleEntry, text: TextEntry) -> dict[str, object]:
        category = self.categories[article.category_id]
        return {
            "state": text.state.value,
            "slug": slug_of(text.title),
            "title": text.title,
            "summary": text.summary,
            "keywords": list(text.keywords),
            "body": text.body,
            "plain": text.plain,
            "subjects": subjects_of(entry.product_types, category, text.language, self.names),
            "updated_on": text.updated_on,
            "imported": text.digest,
        }

    def _may_change(self, row: Translation, text: TextEntry) -> bool:
        if row.is_edited and not self.overwrites and not self._says_the_same(row, text):
            reason = _("was changed in the back office since it was imported: export it first, or overwrite it")
            self.mistakes.append(Mistake(text.file, 0, reason))
            return False
        return True

    def _says_the_same(self, row: Translation, text: TextEntry) -> bool:
        return row.is_edited and digest_of(row) == text.digest

    def _return(self, row: Translation, values: Mapping[str, object]) -> bool:
        """Take back what was withdrawn, and follow names that changed elsewhere. Staff's own state and words stay."""
        wanted = {"subjects": values["subjects"]}
        if row.state == TextState.WITHDRAWN:
            wanted["state"] = values["state"]
        return _change(row, wanted)

    def _withdraw(self, rows: Iterable[Translation], counts: Counter[str]) -> None:
        for row in rows:
            if row.imported and row.state != TextState.WITHDRAWN:
                row.move(TextState.WITHDRAWN)
                counts["texts_withdrawn"] += 1
                self.touched.add(row.language)

    def _revision(self, row: Translation) -> Revision:
        return revision_of(row, actor=self.actor, at=self.at)


def revision_of(row: Translation, *, actor: Actor, at: datetime) -> Revision:
    """Return the revision that keeps what a translation says now."""
    return Revision(
        translation=row,
        number=row.revision,
        title=row.title,
        summary=row.summary,
        keywords=row.keywords,
        body=row.body,
        updated_on=row.updated_on,
        written_by=actor.label,
        written_at=at,
    )


def digest_of(row: Translation) -> str:
    """Return the digest of the file that an export would write of a translation."""
    return writing.digest(
        writing.text(
            title=row.title,
            summary=row.summary,
            keywords=row.keywords,
            updated_on=row.updated_on,
            state=row.state,
            body=row.body,
        )
    )


def _change(row: Row, wanted: Mapping[str, object], always: Sequence[str] = ()) -> bool:
    """Write what differs; say whether anything did."""
    differing = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in differing:
        setattr(row, name, wanted[name])
    if differing or always:
        row.save(update_fields=[*differing, *(name for name in always if name not in differing)])
    return bool(differing)
