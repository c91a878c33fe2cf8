"""Search: products, invoices and pages, for the palette and for its page."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render

from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations.roles import Permission
from plancia.web import asked, shell
from plancia.web.search import finding


@guarded(Permission.VIEW_ORGANIZATION)
def search(request: MemberRequest, org: str) -> HttpResponse:
    """Find what is asked for; the palette asks for the list alone."""
    query = asked.text(request, "q")
    context = {"query": query, "groups": finding.find(request.access, query, shell.contents(request))}
    if request.headers.get("X-Fragment") == "results":
        response = render(request, "search/results.html", context)
    else:
        response = render(request, "search/page.html", context)
    response.headers["Vary"] = "X-Fragment"
    return response
