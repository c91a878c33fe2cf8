"""What is shown when something cannot be shown."""

from __future__ import annotations

from django.db.utils import OperationalError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.shortcuts import render
from django.template import loader


def bad_request(request: HttpRequest, exception: BaseException | None = None) -> HttpResponse:
    """Say that the request makes no sense to us; or that we failed, where the session could not be written for it."""
    while exception is not None:
        if isinstance(exception, OperationalError):
            return broken(request)
        exception = exception.__cause__ or exception.__context__
    return render(request, "errors/bad_request.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that this user may not."""
    return render(request, "errors/forbidden.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Say that there is nothing here, or nothing that this user may see."""
    return render(request, "errors/not_found.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that cookies are off, or that a form was too old, and what to do."""
    page = "no_cookies" if reason == REASON_NO_CSRF_COOKIE else "stale_form"
    return render(request, f"errors/{page}.html", status=403)


def too_many(request: HttpRequest) -> HttpResponse:
    """Say that somebody tried too often, and may do so again in a while."""
    return render(request, "errors/too_many.html", status=429)


def broken(request: HttpRequest) -> HttpResponse:
    """Say that we failed. Asks nothing of the database, which may be what failed: no context processor runs."""
    return HttpResponse(loader.render_to_string("errors/broken.html"), status=500)
