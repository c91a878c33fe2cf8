"""What retention erases and erased, and what staff hold back from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from plancia.accounts.models import User
from plancia.accounts.staffing import Duty
from plancia.kernel import clock, ids, pages
from plancia.kernel.refusals import Refusal
from plancia.kit import forms as kit_forms
from plancia.kit.guards import actor, staff_only
from plancia.leaving import holds, retention
from plancia.leaving.models import LegalHold, RetentionRun
from plancia.leaving.records import LABELS
from plancia.organizations.models import Organization


class HoldForm(forms.Form):
    """Why something is held back, and until when, where that is known."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        help_text=gettext_lazy("On whose order, and under which number. Only staff read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    last_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Without one, it stands until somebody ends it."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What was erased, or would be, of a table by a rule."""

    label: str | Promise
    table: str
    until: datetime
    rows: int


@staff_only(Duty.HOLD_BACK)
@require_GET
def runs(request: HttpRequest) -> HttpResponse:
    """List the nights in which something was to be erased, the newest first."""
    found = RetentionRun.objects.annotate(rows=Sum("reports__rows")).order_by("-started_at", "-pk")
    page = pages.page_of(found, lambda one: one, number=_number(request))
    return render(request, "staff/retention/runs.html", {"page": page})


@staff_only(Duty.HOLD_BACK)
@require_GET
def run(request: HttpRequest, rtr: str) -> HttpResponse:
    """Show what one night erased: by which rule, of which table, how many rows, until when."""
    found = RetentionRun.objects.by_public_id(rtr).first()
    if found is None:
        raise Http404
    rows = [
        ReportRow(LABELS.get(one.rule, one.rule), one.table, one.until, one.rows)
        for one in found.reports.order_by("rule", "table", "pk")
    ]
    return render(request, "staff/retention/run.html", {"run": found, "rows": rows})


@staff_only(Duty.HOLD_BACK)
@require_GET
def dry_run(request: HttpRequest) -> HttpResponse:
    """Show the rules, and what a run would erase now. Nothing is written."""
    due = retention.due(at=clock.now())
    rows = [(one.rule, ReportRow(one.rule.label, one.table, one.until, one.rows)) for one in due]
    return render(request, "staff/retention/dry_run.html", {"rows": rows, "total": sum(one.rows for one in due)})


@staff_only(Duty.HOLD_BACK)
@require_GET
def held_back(request: HttpRequest) -> HttpResponse:
    """List the legal holds: those that stand first."""
    found = LegalHold.objects.select_related("organization", "user")
    page = pages.page_of(
        found.order_by(F("ended_at").desc(nulls_first=True), "-started_at", "-pk"),
        lambda one: one,
        number=_number(request),
    )
    return render(request, "staff/retention/holds.html", {"page": page, "at": clock.now()})


@staff_only(Duty.HOLD_BACK)
@require_http_methods(["GET", "POST"])
def hold_organization(request: HttpRequest, organization: str) -> HttpResponse:
    """Hold an organization back from being erased."""
    found = Organization.objects.by_public_id(organization).first()
    if found is None:
        raise Http404
    return _hold(request, name=found.name, organization_id=found.pk)


@staff_only(Duty.HOLD_BACK)
@require_http_methods(["GET", "POST"])
def hold_user(request: HttpRequest, usr: str) -> HttpResponse:
    """Hold a user back from being erased."""
    key = ids.parse(User.prefix, usr)
    found = User.objects.filter(pk=key).first() if key else None
    if found is None:
        raise Http404
    return _hold(request, name=found.name, user_id=found.pk)


@staff_only(Duty.HOLD_BACK)
@require_POST
def end_hold(request: HttpRequest, lgh: str) -> HttpResponse:
    """End a legal hold."""
    found = LegalHold.objects.by_public_id(lgh).first()
    if found is None:
        raise Http404
    try:
        holds.end(hold_id=found.pk, actor=actor(request), at=clock.now())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The legal hold is over. What is past its time goes the next night."))
    return redirect("staff-holds")


def _hold(request: HttpRequest, *, name: str, **whom: Any) -> HttpResponse:
    form = HoldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        last_on = form.cleaned_data["last_on"]
        ends_at = timezone.make_aware(datetime.combine(last_on + timedelta(days=1), time())) if last_on else None
        try:
            holds.begin(
                **whom, reason=form.cleaned_data["reason"], ends_at=ends_at, actor=actor(request), at=clock.now()
            )
        except Refusal as refusal:
            kit_forms.tell(form, refusal)
        else:
            messages.success(request, _("The legal hold stands."))
            return redirect("staff-holds")
    context = {"name": name, "form": form, "standing": holds.standing(at=clock.now()).filter(**whom).first()}
    return render(request, "staff/retention/hold.html", context, status=422 if form.is_bound else 200)


def _number(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 7 else 1
