"""Trust, status, and what a browser needs: pages for everybody."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import feedgenerator, timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from plancia.billing import parties
from plancia.kernel import clock, transaction
from plancia.kernel.refusals import Refusal
from plancia.kit.guards import open_to_all, refused
from plancia.support import incidents, trust
from plancia.web import shell
from plancia.web.errors import too_many
from plancia.web.trust.cookies import BROWSERS, COOKIES


class SubscribeForm(forms.Form):
    """An address to be told at."""

    email = forms.EmailField(label=gettext_lazy("E-mail"))


@open_to_all
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show certificates, what is being prepared and what is not planned, data centres, and whom to tell."""
    found, today = trust.read(), timezone.localdate(clock.now())
    context = {
        "trust": found,
        "certificates": [(one, one.holds(today)) for one in found.certificates],
        "contact": found.contact.removeprefix("mailto:"),
    }
    return render(request, "trust/trust.html", context)


@open_to_all
@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """Say whom to tell of a vulnerability. Source: RFC 9116."""
    found = trust.read()
    expires = timezone.make_aware(datetime.combine(found.expires, time(23, 59)))
    lines = [
        f"Contact: {found.contact}",
        f"Expires: {expires.isoformat()}",
        f"Preferred-Languages: {', '.join(found.languages)}",
        f"Canonical: {settings.BASE_URL}{reverse('security-txt')}",
        f"Policy: {settings.BASE_URL}{reverse('trust')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@open_to_all
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """Show what works and what does not, what is announced and what was; and let people be told by mail."""
    form = SubscribeForm(request.POST or None)
    is_asked = False
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="declaration"):
            return too_many(request)
        # As staff: the page must not tell whether an address is known.
        with transaction.as_staff():
            incidents.subscribe(email=form.cleaned_data["email"], language=get_language() or "en", at=clock.now())
        is_asked = True
    return _status_page(request, form=form, is_asked=is_asked, status=422 if form.errors else 200)


@open_to_all
@require_safe
def incident(request: HttpRequest, inc: str) -> HttpResponse:
    """Show one incident with all that was told."""
    found = incidents.incident(inc)
    if found is None:
        raise Http404
    return render(request, "trust/incident.html", {"incident": found, "names": _names(request, found.types)})


@open_to_all
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """Tell of incidents as a feed. Source: RFC 4287."""
    title = _("Status of %(brand)s") % {"brand": parties.seller().name}
    made = feedgenerator.Atom1Feed(
        title=title,
        link=settings.BASE_URL + reverse("status"),
        description=title,
        feed_url=settings.BASE_URL + reverse("status-feed"),
        language=get_language() or "en",
    )
    for one in incidents.shown(at=clock.now()):
        for told in one.updates:
            made.add_item(
                title=f"{one.title}: {told.state.label}",
                link=settings.BASE_URL + reverse("status-incident", kwargs={"inc": one.public_id}),
                description=told.text,
                unique_id=f"{settings.BASE_URL}/{one.public_id}/{told.written_at.isoformat()}",
                pubdate=told.written_at,
                updateddate=told.written_at,
            )
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@open_to_all
@require_http_methods(["GET", "POST"])
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a subscription by the link of a mail, or end it by a press."""
    try:
        with transaction.as_staff():
            if request.method == "POST":
                incidents.unsubscribe(token=token)
                return render(request, "trust/subscription.html", {"is_ended": True})
            subscriber = incidents.confirm(token=token, at=clock.now())
    except Refusal as refusal:
        return refused(request, refusal)
    return render(request, "trust/subscription.html", {"email": subscriber.email})


@open_to_all
@require_safe
def browser(request: HttpRequest) -> HttpResponse:
    """Explain how cookies and JavaScript are allowed, and which cookies we set and why."""
    return render(request, "trust/browser.html", {"browsers": BROWSERS, "cookies": COOKIES})


def _status_page(request: HttpRequest, *, status: int, **more: Any) -> HttpResponse:
    at = clock.now()
    all_ = incidents.shown(at=at)
    context = {
        "on": [one for one in all_ if one.is_on(at)],
        "announced": [one for one in all_ if one.resolved_at is None and one.starts_at > at],
        "past": [one for one in all_ if one.resolved_at],
        "areas": _areas(request, [one for one in all_ if one.is_on(at)]),
        **more,
    }
    return render(request, "trust/status.html", context, status=status)


def _areas(request: HttpRequest, on: list[incidents.IncidentRow]) -> list[tuple[str, str, bool]]:
    """Each category of what is sold: its name and icon, and whether all of it works."""
    touched = {code for one in on for code in one.types}
    is_everything = any(not one.types for one in on)
    return [
        (
            category.name,
            category.icon,
            not (is_everything or any(kind.code in touched for kind in category.types)),
        )
        for category in shell.contents(request).categories
    ]


def _names(request: HttpRequest, codes: list[str]) -> list[str]:
    types = shell.contents(request).types
    return [types[code].name for code in codes if code in types]
