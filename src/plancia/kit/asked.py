"""What a request asks besides its address: which page of a list, and what to look for."""

from __future__ import annotations

from django.http import HttpRequest

LONGEST = 100


def page(request: HttpRequest) -> int:
    """Return the number of the page that is asked for; the first, where it is no number."""
    text = request.GET.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def text(request: HttpRequest, name: str) -> str:
    """Return a word to look for, without what no database can hold, and not without end."""
    return request.GET.get(name, "").replace("\0", "")[:LONGEST].strip()
