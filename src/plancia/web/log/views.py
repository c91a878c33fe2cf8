"""The log of an organization: who did what, when, from where; to read, to export, and to check."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from plancia.audit import queries, trail
from plancia.audit.queries import EntryRow, Filter
from plancia.kit.guards import MemberRequest, guarded
from plancia.organizations.roles import Permission
from plancia.web import asked
from plancia.web.log import wording


@guarded(Permission.SEE_LOG)
@require_GET
def log(request: MemberRequest, org: str) -> HttpResponse:
    """Show the trail of the organization, narrowed to what is asked for."""
    wanted = _filter(request)
    organization_id = request.access.organization.pk
    context = {
        "page": queries.entries(organization_id, wanted, page=asked.page(request)),
        "actions": sorted(
            ((action, str(wording.words(action))) for action in queries.actions(organization_id)),
            key=lambda one: one[1].casefold(),
        ),
        "wanted": wanted,
        "since": request.GET.get("since", "")[:10],
        "until": request.GET.get("until", "")[:10],
        "query": request.GET.urlencode(),
    }
    return render(request, "organization/log.html", context)


@guarded(Permission.SEE_LOG)
@require_GET
def log_export(request: MemberRequest, org: str) -> HttpResponse:
    """Hand the trail out as CSV, oldest first."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["sequence", "at", "who", "kind", "ip", "action", "subject", "details"])
    for row in queries.export(request.access.organization.pk, _filter(request)):
        writer.writerow([_inert(cell) for cell in _cells(row)])
    response = HttpResponse(sheet.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="log-{org}.csv"'
    return response


@guarded(Permission.SEE_LOG)
@require_POST
def log_check(request: MemberRequest, org: str) -> HttpResponse:
    """Recompute the chain of hashes, and say whether anything was altered, moved or removed."""
    wrong = trail.check(request.access.organization.pk)
    if wrong:
        words = _("The log was tampered with: %(count)d entries do not fit. First: %(first)s.")
        messages.error(request, words % {"count": len(wrong), "first": wrong[0]})
    else:
        messages.success(request, _("The log is whole: no entry is missing, moved or altered."))
    return redirect("log", org=org)


def _filter(request: MemberRequest) -> Filter:
    return Filter(
        who=asked.text(request, "who"),
        action=asked.text(request, "action"),
        text=asked.text(request, "q"),
        since=_midnight(asked.text(request, "since")),
        until=_midnight(asked.text(request, "until"), days=1),
    )


def _midnight(text: str, *, days: int = 0) -> datetime | None:
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text) + timedelta(days=days), time()))
    except (ValueError, OverflowError):
        return None


def _cells(row: EntryRow) -> list[str]:
    details = json.dumps(row.details, ensure_ascii=False, sort_keys=True)
    return [
        str(row.sequence or ""),
        row.at.isoformat(),
        row.who,
        row.kind,
        row.ip,
        row.action,
        row.subject,
        details,
    ]


def _inert(cell: str) -> str:
    # A spreadsheet takes such a cell for a formula, and a name may begin so. Source: OWASP, CSV Injection.
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
