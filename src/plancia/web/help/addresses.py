"""Addresses in the help centre."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import translation

from plancia.knowledge import markup, queries
from plancia.knowledge.queries import ArticlePage, ArticleRow


def of_article(number: int, language: str, slug: str) -> str:
    """Return the address of an article, with its title in it."""
    return reverse("help-article", kwargs={"language": language, "number": number, "slug": slug})


def of_row(row: ArticleRow) -> str:
    """Return the address of an article in the reader's language; where it has none, it is shown in another."""
    return of_article(row.number, present(), row.slug)


def present() -> str:
    """Return the language of the page."""
    return translation.get_language() or "en"


def surroundings(page: ArticlePage, language: str, org: str = "") -> markup.Surroundings:
    """Return where the links and pictures of an article lead. `org` is the organization that the reader is in."""
    files = queries.attachments(page.article)
    wanted = (
        int(href.removeprefix("article:").partition("#")[0])
        for _line, href in markup.links(page.translation.body)
        if href.startswith("article:")
    )
    slugs = _slugs(wanted, language)
    return markup.Surroundings(
        language=page.translation.language,
        article_url=lambda number: of_article(number, language, slugs.get(number, "article")),
        screen_url=lambda name: of_screen(name, org),
        attachments={
            one.name: reverse("help-file", kwargs={"number": page.number, "digest": one.digest[:16], "name": one.name})
            for one in files
        },
        sizes={one.name: one.size for one in files if one.size},
    )


def of_screen(name: str, org: str = "") -> str:
    """Return the address that leads to a page of the console in the reader's own organization."""
    url = reverse("help-screen", kwargs={"name": name})
    return f"{url}?org={org}" if org else url


def _slugs(numbers: Iterable[int], language: str) -> dict[int, str]:
    return {row.number: row.slug for row in queries.by_number(numbers, language)}
