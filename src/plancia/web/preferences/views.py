"""Choosing language and theme, without a script."""

from __future__ import annotations

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from plancia.kit.guards import open_to_all
from plancia.web import asked, shell

#: The help centre's addresses name their language.
_IN_ADDRESS = re.compile(r"^/help/[a-z]{2}/")
_YEAR_SECONDS = 365 * 24 * 3600


@open_to_all
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember a language: in the browser, and with the user who is signed in."""
    response = _back(request)
    wanted = request.POST.get("language", "")
    if wanted in dict(settings.LANGUAGES):
        response = HttpResponseRedirect(_IN_ADDRESS.sub(f"/help/{wanted}/", response.url))
        _remember(response, settings.LANGUAGE_COOKIE_NAME, wanted)
        if request.user.is_authenticated and request.user.language != wanted:
            request.user.language = wanted
            request.user.save(update_fields=["language"])
    return response


@open_to_all
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember a theme in the browser."""
    response = _back(request)
    wanted = request.POST.get("theme", "")
    if wanted in shell.THEMES:
        _remember(response, shell.THEME_COOKIE, wanted)
    return response


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(asked.following(request, otherwise=reverse("home")))


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(
        name, value, max_age=_YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True
    )
