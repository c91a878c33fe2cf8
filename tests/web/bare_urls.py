"""The product's URLs, where what does not exist is told in one word: the page for it is dear, and always the same."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from plancia.config.urls import (  # noqa: F401  (Django reads them here)
    handler400,
    handler403,
    handler429,
    handler500,
    urlpatterns,
)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse("nothing", status=404)


handler404 = "tests.web.bare_urls.not_found"
