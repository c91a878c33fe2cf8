"""What was paid and what will be charged: chart and table, CSV, and a calendar under a secret address."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from icalendar import Calendar, Event

from plancia.kernel import clock, transaction
from plancia.kernel.money import Money
from plancia.kit import formats
from plancia.kit.guards import MemberRequest, actor, guarded, open_to_all
from plancia.organizations.roles import Permission
from plancia.subscriptions import auto_renewal
from plancia.subscriptions import forecast as forecasting
from plancia.subscriptions.forecast import MonthRow
from plancia.web import shell
from plancia.web.forecast import chart

_MOST_LISTED = 200


@require_safe
@guarded(Permission.SEE_BILLING)
def forecast(request: MemberRequest, org: str) -> HttpResponse:
    """Show the last and the next twelve months by product type, and every charge that comes."""
    organization, at = request.access.organization, clock.now()
    charges = forecasting.charges(organization, at=at)
    months = forecasting.months(organization, charges, at=at)
    kinds = shell.contents(request).types
    codes = _biggest_first(months)
    key = auto_renewal.calendar_key(organization.pk)
    context = {
        "months": months,
        "codes": [(place, kinds[code].name) for place, code in enumerate(codes[: chart.COLOURS - 1])],
        "others": chart.COLOURS - 1 if len(codes) >= chart.COLOURS else None,
        "chart": chart.svg(months, codes, _("What was paid and will be charged, month by month")),
        "charges": [(charge, kinds[charge.type_code]) for charge in charges[:_MOST_LISTED]],
        "is_more": len(charges) > _MOST_LISTED,
        "spent": Money.total((row.total for row in months if not row.is_coming), organization.currency),
        "coming": Money.total(
            (charge.net for charge in charges if charge.net.currency == organization.currency), organization.currency
        ),
        "address": settings.BASE_URL + reverse("renewals-calendar", kwargs={"key": key}) if key else "",
        "may_edit": request.access.may(Permission.PAY),
    }
    return render(request, "forecast/forecast.html", context)


@require_safe
@guarded(Permission.SEE_BILLING)
def forecast_csv(request: MemberRequest, org: str) -> HttpResponse:
    """Hand out every charge of the next twelve months as a table for spreadsheets."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(["date", "product", "type", "from", "until", "net", "currency", "automatic"])
    for charge in forecasting.charges(request.access.organization, at=clock.now()):
        rows.writerow(
            [
                charge.on.isoformat(),
                _harmless(charge.name),
                charge.type_code,
                charge.period.starts_at.date().isoformat(),
                charge.period.ends_at.date().isoformat(),
                str(charge.net.decimal),
                charge.net.currency,
                "yes" if charge.is_renewing else "no",
            ]
        )
    return HttpResponse(
        written.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="forecast.csv"'},
    )


@require_POST
@guarded(Permission.PAY)
def calendar_address(request: MemberRequest, org: str) -> HttpResponse:
    """Make the secret address of the calendar, a new one each time; or give it up."""
    auto_renewal.share_calendar(
        organization_id=request.access.organization.pk,
        is_shared=request.POST.get("share") == "1",
        actor=actor(request),
        at=clock.now(),
    )
    messages.success(request, _("Saved."))
    return redirect("forecast", org=org)


@require_safe
@open_to_all
def calendar(request: HttpRequest, key: str) -> HttpResponse:
    """Hand out the renewals of the organization whose secret this is, for calendars."""
    with transaction.as_staff(), transaction.atomic():
        organization = auto_renewal.organization_of_calendar(key)
        if organization is None:
            raise Http404
        at = clock.now()
        with translation.override(organization.language):
            found = Calendar()
            found.add("prodid", "-//Plancia//Renewals//EN")
            found.add("version", "2.0")
            found.add("x-wr-calname", _("Renewals of %(name)s") % {"name": organization.name})
            for charge in forecasting.charges(organization, at=at):
                event = Event()
                event.add("uid", f"{charge.public_id}-{charge.period.starts_at:%Y%m%d}@plancia")
                event.add("dtstamp", at)
                event.add("dtstart", charge.on)
                event.add("dtend", charge.on + timedelta(days=1))
                event.add("summary", f"{charge.name}: {formats.money(charge.net)}")
                found.add_component(event)
        content = found.to_ical()
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private"})


def _biggest_first(months: Sequence[MonthRow]) -> list[str]:
    """The types, by what they cost in all these months: those that cost most have a colour of their own."""
    sums: dict[str, int] = defaultdict(int)
    for row in months:
        for code, amount in row.by_type.items():
            sums[code] += amount.minor
    return sorted(sums, key=lambda code: (-sums[code], code))


def _harmless(text: str) -> str:
    # Spreadsheets take such a cell for a formula. Source: OWASP, CSV Injection.
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
