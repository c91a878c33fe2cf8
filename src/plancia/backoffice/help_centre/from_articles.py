"""What support answers with the help centre's words, and the help centre gains from what support answers."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from plancia.knowledge import markup, queries
from plancia.support.models import SupportMessage


@dataclass(frozen=True, slots=True)
class ArticleText:
    """An article as an answer: what it says, and where it stands."""

    title: str
    language: str
    text: str


def text(request: HttpRequest, language: str) -> ArticleText | None:
    """Return the article that the address names as an answer, in `language` or the nearest; None without one."""
    number = request.GET.get("article", "")
    page = queries.article(int(number), language) if number.isdecimal() and len(number) < 9 else None
    if page is None:
        return None
    said = page.translation
    url = reverse("help-article", kwargs={"language": said.language, "number": page.number, "slug": said.slug})
    whole = f"{said.title}\n\n{markup.letter(said.body)}\n\n{request.build_absolute_uri(url)}"
    return ArticleText(said.title, said.language, whole)


def draft(message: str) -> dict[str, str]:
    """Return what an article begins with that is made of an answer: its request's subject, its words."""
    found = SupportMessage.objects.by_public_id(message).filter(is_staff=True).select_related("request").first()
    if found is None:
        return {}
    return {"title": found.request.subject[:120], "language": found.request.language, "body": found.text}
