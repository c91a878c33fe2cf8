"""Reading the help centre: it is the same for everybody, so no organization is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import BinaryField, Count, Q
from django.db.models.functions import Substr

from plancia.kernel import transaction
from plancia.kernel.pages import SIZE, Page
from plancia.knowledge import pictures
from plancia.knowledge.models import Article, Attachment, Category, Translation
from plancia.knowledge.states import TextState

#: Read where an article is not there in the reader's language; then any other.
FALLBACK = "en"


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article as lists show it, in the reader's language or the nearest that there is."""

    number: int
    language: str
    slug: str
    title: str
    summary: str
    updated_on: date


@dataclass(frozen=True, slots=True)
class CategoryRow:
    """A shelf, how many articles stand on it, and the first of them."""

    code: str
    name: str
    summary: str
    icon: str
    count: int
    articles: Sequence[ArticleRow] = ()


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    """A file of an article, by what digest it is known, and how wide and high, where it is a picture."""

    name: str
    digest: str
    size: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """An article to be read; `languages` are the slugs of all its published translations."""

    article: Article
    translation: Translation
    category: str
    languages: dict[str, str]

    @property
    def number(self) -> int:
        return self.article.number


def categories(language: str, *, most: int = 0) -> list[CategoryRow]:
    """Return the shelves that hold something, each with its `most` articles that helped most."""
    published = Q(articles__translations__state=TextState.PUBLISHED)
    rows = list(
        Category.objects.annotate(held=Count("articles", filter=published, distinct=True))
        .filter(held__gt=0)
        .order_by("position", "code")
    )
    first = _first_of_each(language, most) if most else {}
    return [_category(row, language, row.held, first.get(row.pk, ())) for row in rows]


def category(code: str, language: str, *, page: int) -> tuple[CategoryRow, Page[ArticleRow]] | None:
    """Return a shelf and a page of its articles; None where there is none of that name."""
    row = Category.objects.filter(code=code).first()
    if row is None:
        return None
    found = _page(Article.objects.filter(category=row), language, page)
    return _category(row, language, found.total), found


def of_product(product_type: str, language: str, *, page: int) -> Page[ArticleRow]:
    """Return a page of what there is to read about a product type."""
    return _page(Article.objects.filter(product_types__contains=[product_type]), language, page)


def of_screen(screen: str, language: str) -> list[ArticleRow]:
    """Return the articles about a page of ours, named by its URL; the one that opens it first."""
    articles = list(Article.objects.filter(screens__contains=[screen]).values_list("number", "opens"))
    numbers = sorted((number for number, opens in articles), key=lambda one: (dict(articles)[one] != screen, one))
    return by_number(numbers, language)


def by_number(numbers: Iterable[int], language: str) -> list[ArticleRow]:
    """Return articles in the order of their `numbers`; what is not published is left out."""
    wanted = list(dict.fromkeys(numbers))
    if not wanted:
        return []
    rows: dict[int, Translation] = {}
    for row in (
        Translation.objects.filter(article__number__in=wanted, state=TextState.PUBLISHED)
        .select_related("article")
        .only("language", "slug", "title", "summary", "updated_on", "article__number")
        .order_by("language")
    ):
        number = row.article.number
        if number not in rows or _rank(row.language, language) < _rank(rows[number].language, language):
            rows[number] = row
    return [_row(number, rows[number]) for number in wanted if number in rows]


def article(number: int, language: str, *, drafts: bool = False) -> ArticlePage | None:
    """
    Return an article in a language, or in the nearest that there is; None where nothing of it is published.

    With `drafts`, also what only staff may see.
    """
    texts = {
        row.language: row
        for row in Translation.objects.filter(article__number=number)
        .select_related("article__category")
        .order_by("language")
        if row.is_published or (drafts and row.state == TextState.DRAFT)
    }
    if not texts:
        return None
    chosen = texts[min(texts, key=lambda code: (_rank(code, language), code))]
    return ArticlePage(
        article=chosen.article,
        translation=chosen,
        category=_text(chosen.article.category.names, language),
        languages={code: row.slug for code, row in texts.items()},
    )


def attachments(article: Article) -> list[AttachmentRow]:
    """Return an article's attachments, with the sizes of its pictures; none is read whole."""
    beginning = Substr("content", 1, pictures.BEGINNING_BYTES, output_field=BinaryField())
    rows = Attachment.objects.filter(article=article).annotate(beginning=beginning).order_by("name")
    return [
        AttachmentRow(name, digest, pictures.size(bytes(start)))
        for name, digest, start in rows.values_list("name", "digest", "beginning")
    ]


def attachment(number: int, digest: str, name: str) -> Attachment | None:
    """Return a picture, a video or captions; None where there is none."""
    found: Attachment | None = Attachment.objects.filter(
        article__number=number, name=name, digest__startswith=digest
    ).first()
    return found


def _page(articles, language: str, number: int) -> Page[ArticleRow]:  # type: ignore[no-untyped-def]  # a queryset
    found = articles.filter(translations__state=TextState.PUBLISHED).distinct().order_by("number")
    total = found.count()
    nearest = min(max(1, number), max(1, -(-total // SIZE)))
    numbers = list(found.values_list("number", flat=True)[(nearest - 1) * SIZE : nearest * SIZE])
    return Page(by_number(numbers, language), nearest, SIZE, total)


def _first_of_each(language: str, most: int) -> dict[object, list[ArticleRow]]:
    """Return, for each shelf, the articles in the reader's language that helped most; in one query."""
    with transaction.connection().cursor() as cursor:
        cursor.execute(_FIRST, {"language": language, "fallback": FALLBACK, "most": most})
        result: dict[object, list[ArticleRow]] = {}
        for category_id, *values in cursor.fetchall():
            result.setdefault(category_id, []).append(ArticleRow(*values))
    return result


_FIRST = """
with numbered as (
    select a.category_id, a.number, t.language, t.slug, t.title, t.summary, t.updated_on,
        row_number() over (partition by a.category_id order by t.helpful - t.unhelpful desc, a.number) as place
    from knowledge_article a
    join knowledge_translation t on t.article_id = a.id and t.state = 'published' and t.language = coalesce(
        (select x.language from knowledge_translation x
         where x.article_id = a.id and x.state = 'published' and x.language = %(language)s),
        (select x.language from knowledge_translation x
         where x.article_id = a.id and x.state = 'published' and x.language = %(fallback)s),
        (select min(x.language) from knowledge_translation x where x.article_id = a.id and x.state = 'published'))
)
select category_id, number, language, slug, title, summary, updated_on
from numbered where place <= %(most)s order by category_id, place
"""


def _category(row: Category, language: str, count: int, articles: Sequence[ArticleRow] = ()) -> CategoryRow:
    return CategoryRow(
        code=row.code,
        name=_text(row.names, language),
        summary=_text(row.summaries, language),
        icon=row.icon,
        count=count,
        articles=articles,
    )


def _row(number: int, row: Translation) -> ArticleRow:
    return ArticleRow(number, row.language, row.slug, row.title, row.summary, row.updated_on)


def _rank(language: str, wanted: str) -> int:
    return 0 if language == wanted else 1 if language == FALLBACK else 2


def _text(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or texts.get(FALLBACK) or next(iter(texts.values()), "")
