"""What a night would do, what would happen to one organization, why renewals failed, and the timetable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from plancia.accounts.staffing import Duty
from plancia.backoffice.terms import running
from plancia.billing.models import Invoice
from plancia.kernel import clock, ids, pages
from plancia.kit.guards import staff_only
from plancia.organizations.models import Organization
from plancia.subscriptions import collection, simulation
from plancia.subscriptions.models import Attempt


class DayForm(forms.Form):
    """The day to look at."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


@staff_only(Duty.SEE_BOOKS)
@require_GET
def dry_run(request: HttpRequest) -> HttpResponse:
    """Show what the run of a night would do to everybody. Nothing is written."""
    at = clock.now()
    form = DayForm(request.GET or {"on": at.date()})
    asked = _instant(form, at) if form.is_valid() else at
    return render(
        request, "staff/terms/dry_run.html", {"form": form, "at": asked, "night": simulation.tonight(at=asked)}
    )


@staff_only(Duty.SEE_BOOKS)
@require_GET
def clock_of(request: HttpRequest, organization: str) -> HttpResponse:
    """Move the clock of one organization to a day, and show what would happen until then. Nothing is written."""
    found: Organization | None = Organization.objects.by_public_id(organization).first()
    if found is None:
        raise Http404
    at = clock.now()
    form = DayForm(request.GET or {"on": (at + timedelta(days=60)).date()})
    until = _instant(form, at) if form.is_valid() else at
    happenings = simulation.live_through(found, since=at, until=until)
    context = {"organization": found, "form": form, "until": until, "happenings": happenings}
    return render(request, "staff/terms/clock.html", context)


@staff_only(Duty.SEE_BOOKS)
@require_GET
def attempts(request: HttpRequest) -> HttpResponse:
    """List the attempts to collect renewals, the newest first: why was this not renewed?"""
    text = request.GET.get("page", "")
    found = Attempt.objects.select_related("organization").order_by("-tried_at", "-pk")
    if request.GET.get("failed") == "1":
        found = found.exclude(outcome__in=["paid", "started"])
    page = pages.page_of(found, lambda one: one, number=int(text) if text.isdecimal() and len(text) < 8 else 1)
    keys = [key for one in page.rows if (key := ids.parse(Invoice.prefix, one.invoice))]
    numbers = {invoice.public_id: invoice.number for invoice in Invoice.objects.filter(pk__in=keys).only("number")}
    rows = [(one, numbers.get(one.invoice, ""), collection.sentence(one.outcome)) for one in page.rows]
    return render(request, "staff/terms/attempts.html", {"page": page, "rows": rows})


@staff_only(Duty.RUN_SERVICES)
@require_GET
def timetable(request: HttpRequest) -> HttpResponse:
    """Show each periodic job, when it last ran, how long it took, what waits, and which were missed."""
    rows = running.rows(at=clock.now())
    return render(
        request, "staff/terms/timetable.html", {"rows": rows, "missed": [row for row in rows if row.is_missed]}
    )


def _instant(form: DayForm, at: datetime) -> datetime:
    on = form.cleaned_data["on"]
    return max(datetime(on.year, on.month, on.day, at.hour, at.minute, tzinfo=UTC), at)
