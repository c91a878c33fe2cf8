"""Searching the help centre: a page, and the list under the box while somebody types."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from django.conf import settings
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
        "ask_url": _ask_url(request, query),
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


def _ask_url(request: HttpRequest, query: str) -> str:
    """Return where to ask what was not found: the reader's organization, or by mail, who is not signed in."""
    if not request.user.is_authenticated:
        return f"mailto:{settings.SUPPORT_ADDRESS}?{urlencode({'subject': query}, quote_via=quote)}"
    asked = {"subject": query, "page": request.get_full_path()}
    return f"{addresses.of_screen('support-new')}?{urlencode(asked)}"
