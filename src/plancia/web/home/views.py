"""The start page, and the home of an organization."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from plancia.organizations import queries as organization_queries
from plancia.web.guards import open_to_all

#: The session remembers which organization was looked at last.
LAST_ORGANIZATION = "organization"


@open_to_all
def start(request: HttpRequest) -> HttpResponse:
    """Lead a visitor to the shop window, a user to the organization that she looked at last."""
    if not request.user.is_authenticated:
        return redirect("shop")
    rows = organization_queries.organizations_of(request.user.pk)
    if not rows:
        return render(request, "home/no_organization.html")
    last = request.session.get(LAST_ORGANIZATION)
    wanted = next((row for row in rows if row.public_id == last), rows[0])
    return redirect("organization", org=wanted.public_id)
