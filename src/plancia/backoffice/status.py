"""Incidents and maintenance: staff tell what everybody reads on the status page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from plancia.accounts.staffing import Duty
from plancia.catalog import queries as catalog
from plancia.kernel import clock
from plancia.kit.guards import actor, staff_only
from plancia.support import incidents
from plancia.support.incidents import Kind, State
from plancia.support.models import Incident


class IncidentForm(forms.Form):
    """What happened, or will."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[
            (Kind.INCIDENT.value, gettext_lazy("Incident")),
            (Kind.MAINTENANCE.value, gettext_lazy("Maintenance")),
        ],
    )
    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    types = forms.MultipleChoiceField(
        label=gettext_lazy("What it touches"),
        required=False,
        help_text=gettext_lazy("Choose none where it touches everything."),
        widget=forms.SelectMultiple(attrs={"size": 6}),
    )
    starts_at = forms.DateTimeField(label=gettext_lazy("Begins"), required=False, help_text="2026-12-31 23:00")
    ends_at = forms.DateTimeField(label=gettext_lazy("Ends, as planned"), required=False)
    text = forms.CharField(label=gettext_lazy("What is known"), widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = catalog.contents().types.items()
        self.fields["types"].choices = [(code, kind.name) for code, kind in kinds]  # type: ignore[attr-defined]  # a choice field


class UpdateForm(forms.Form):
    """What is known now."""

    state = forms.ChoiceField(label=gettext_lazy("State"), choices=[(one.value, one.label) for one in State])
    text = forms.CharField(label=gettext_lazy("What is known"), widget=forms.Textarea(attrs={"rows": 4}))


@staff_only(Duty.RUN_SERVICES)
@require_http_methods(["GET", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """List incidents, and report one."""
    at = clock.now()
    form = IncidentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = incidents.report(
            kind=Kind(form.cleaned_data["kind"]),
            title=form.cleaned_data["title"],
            text=form.cleaned_data["text"],
            types=form.cleaned_data["types"],
            starts_at=form.cleaned_data["starts_at"] or at,
            ends_at=form.cleaned_data["ends_at"],
            actor=actor(request),
            at=at,
        )
        messages.success(request, _("It stands on the status page."))
        return redirect("staff-incident", inc=made.public_id)
    rows = incidents.shown(at=at)
    return render(request, "staff/status.html", {"form": form, "rows": rows}, status=422 if form.is_bound else 200)


@staff_only(Duty.RUN_SERVICES)
@require_http_methods(["GET", "POST"])
def incident(request: HttpRequest, inc: str) -> HttpResponse:
    """Tell what is known now."""
    row, found = Incident.objects.by_public_id(inc).first(), incidents.incident(inc)
    if row is None or found is None:
        raise Http404
    form = UpdateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        incidents.update(
            incident_id=row.pk,
            state=State(form.cleaned_data["state"]),
            text=form.cleaned_data["text"],
            actor=actor(request),
            at=clock.now(),
        )
        messages.success(request, _("It stands on the status page."))
        return redirect("staff-incident", inc=inc)
    context = {"form": form, "incident": found}
    return render(request, "staff/incident.html", context, status=422 if form.is_bound else 200)
