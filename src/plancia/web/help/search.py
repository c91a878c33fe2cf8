"""Searching the help centre: a page, and the list under the box while somebody types."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from plancia.kernel import clock
from plancia.kit.guards import open_to_all
from plancia.knowledge import questions, searching
from plancia.web.help import addresses

MOST_SUGGESTED = 6
_LONGEST = 200


@require_safe
@open_to_all
def search(request: HttpRequest, language: str) -> HttpResponse:
    """Find articles; who types is shown the first few. What nothing answers is kept for staff."""
    query = request.GET.get("q", "").replace("\0", "")[:_LONGEST].strip()
    is_fragment = request.headers.get("X-Fragment") == "results"
    hits = searching.find(query, language, most=MOST_SUGGESTED if is_fragment else searching.MOST)
    context = {
        "query": query,
        "language": language,
        "hits": [(hit, addresses.of_article(hit.number, language, hit.slug)) for hit in hits],
    }
    if is_fragment:
        response = render(request, "help/suggestions.html", context)
    else:
        # Only whole questions: not every letter on the way to one.
        if query and not hits and request.method == "GET":
            questions.note(query, language, at=clock.now())
        trail = [(_("Help"), reverse("help-home", kwargs={"language": language})), (_("Search"), "")]
        response = render(request, "help/search.html", context | {"trail": trail})
    response.headers["Vary"] = "X-Fragment"
    return response
