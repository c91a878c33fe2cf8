"""Voting on an article."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from plancia.kernel import clock
from plancia.kit import guards
from plancia.knowledge import queries, voting
from plancia.web.help import addresses


@require_POST
@guards.open_to_all
def vote(request: HttpRequest, language: str, number: str) -> HttpResponse:
    """Count whether an article helped; who says no is asked what was missing, and need not answer."""
    page = queries.article(int(number), language)
    if page is None:
        raise Http404
    is_helpful = request.POST.get("helpful") == "yes"
    missing = request.POST.get("missing", "")
    voting.cast(
        translation_id=page.translation.pk,
        voter=voter(request),
        is_helpful=is_helpful,
        missing="" if is_helpful else missing,
        at=clock.now(),
    )
    url = addresses.of_article(page.number, language, page.translation.slug)
    if not is_helpful and "missing" not in request.POST:
        return redirect(f"{url}?vote=no#vote")
    messages.success(request, _("Thank you. This helps us to write better."))
    return redirect(url)


def voter(request: HttpRequest) -> str:
    """Return by what the reader is known again."""
    user_id = request.user.pk if request.user.is_authenticated else None
    return voting.voter(user_id=user_id, ip=guards.client_ip(request))
