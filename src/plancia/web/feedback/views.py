"""Feedback: a word to us, from every page. Source: SPEC 7.4."""

from __future__ import annotations

import re
from contextlib import nullcontext

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from plancia.kernel import clock, tenancy
from plancia.kit.guards import open_to_all
from plancia.organizations import queries as organization_queries
from plancia.support import feedback
from plancia.support.feedback import LONGEST, Occasion
from plancia.web import asked
from plancia.web.errors import too_many

_ORGANIZATION = re.compile(r"^/o/(org_[a-z0-9]+)/")


class FeedbackForm(forms.Form):
    """A few words."""

    comment = forms.CharField(
        label=gettext_lazy("What do you want to tell us?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Staff read it and do not answer. If you need help, open a request instead."),
    )


@open_to_all
@require_http_methods(["GET", "POST"])
def give(request: HttpRequest) -> HttpResponse:
    """Ask what somebody thinks of the page she comes from, and keep it."""
    form = FeedbackForm(request.POST or None)
    page = (request.POST.get("next") or request.GET.get("page") or "").replace("\0", "")[:500]
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="feedback"):
            return too_many(request)
        _keep(request, page, form.cleaned_data["comment"])
        messages.success(request, _("Thank you. We have noted it."))
        return redirect(asked.following(request, otherwise="/"))
    return render(request, "feedback/give.html", {"form": form, "page": page}, status=422 if form.is_bound else 200)


def _keep(request: HttpRequest, page: str, comment: str) -> None:
    named, access = _ORGANIZATION.match(page), None
    if named and request.user.is_authenticated:
        # The page may name any organization; only a member speaks as one of it.
        access = organization_queries.access(request.user.pk, named[1], at=clock.now())
    with tenancy.within(access.organization.pk) if access else nullcontext():
        feedback.give(
            occasion=Occasion.PAGE,
            comment=comment,
            page=page,
            language=get_language() or "",
            organization_id=access.organization.pk if access else None,
            user_id=request.user.pk if request.user.is_authenticated else None,
            at=clock.now(),
        )
