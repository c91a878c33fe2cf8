"""The start page, and the home of an organization."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.billing import overview
from plancia.kernel import clock
from plancia.kernel.money import Money
from plancia.kit import formats
from plancia.kit.guards import MemberRequest, guarded, open_to_all
from plancia.organizations import queries as organization_queries
from plancia.organizations.roles import Permission
from plancia.subscriptions import attention, coverage
from plancia.web import shell

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


@guarded(Permission.VIEW_ORGANIZATION)
def organization(request: MemberRequest, org: str) -> HttpResponse:
    """Show what an organization holds, what needs attention, and what was billed last."""
    if request.session.get(LAST_ORGANIZATION) != org:
        request.session[LAST_ORGANIZATION] = org
    at, access = clock.now(), request.access
    context: dict[str, object] = {
        "greeting": greeting(at),
        "first_name": request.user.first_name,
        "attention": attention.find(access.organization.pk, access, at=at, contents=shell.contents(request)),
    }
    if access.may(Permission.SEE_BILLING):
        due, newest = overview.overview(access.organization.pk, at=at)
        context |= {
            "due": due,
            "invoices": newest,
            "prepaid": coverage.of(access.organization, at=at),
            "none_due": formats.money(Money.zero(access.organization.currency)),
        }
    return render(request, "organization/home.html", context)


def greeting(at: datetime) -> str | Promise:
    """Return what one says at that time of day, where the page is read."""
    hour = timezone.localtime(at).hour
    if 5 <= hour < 12:
        return _("Good morning")
    return _("Good afternoon") if 12 <= hour < 18 else _("Good evening")
