"""The panel beside a page of the console: what there is to read about that page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from plancia.kit.guards import open_to_all
from plancia.knowledge import queries
from plancia.web.help import addresses, screens
from plancia.web.help.views import reading


@require_safe
@open_to_all
def panel(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """Show the articles about a page: the first to read, the others to choose from. Without a script, as a page."""
    rows = [(row, addresses.of_row(row)) for row in screens.articles(name, language)]
    org = request.GET.get("org", "")
    context: dict[str, object] = {"language": language, "rows": rows, "org": org}
    if is_fragment(request):
        page = queries.article(rows[0][0].number, language) if rows else None
        if page is not None:
            context |= reading(request, page, language, org) | {"rows": rows[1:]}
            if page.article.opens == name:
                context["screen_url"] = ""
        response = render(request, "help/panel.html", context)
    else:
        trail = [(_("Help"), reverse("help-home", kwargs={"language": language})), (_("Help for this page"), "")]
        title = _("Help for this page")
        response = render(request, "help/shelf.html", {"title": title, "sub": "", "rows": rows, "trail": trail})
    response.headers["Vary"] = "X-Fragment"
    return response


def is_fragment(request: HttpRequest) -> bool:
    """Say whether the panel asks, and not a page."""
    return request.headers.get("X-Fragment") == "panel"
