"""Which page of a list an address asks for."""

from __future__ import annotations

from django.http import HttpRequest


def number(request: HttpRequest) -> int:
    """Return the number of the page that is asked for; the first, where it is no number."""
    text = request.GET.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1
