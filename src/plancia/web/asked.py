"""What a request asks besides its address: which page of a list, what to look for, and where to go on."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 100


def page(request: HttpRequest) -> int:
    """Return the number of the page that is asked for; the first, where it is no number."""
    text = request.GET.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def text(request: HttpRequest, name: str) -> str:
    """Return a word to look for, without what no database can hold, and not without end."""
    return request.GET.get(name, "").replace("\0", "")[:LONGEST].strip()


def following(request: HttpRequest, *, otherwise: str) -> str:
    """Return the path of ours to which a form wants to go on; `otherwise`, where it names none."""
    path = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(path, {request.get_host()}, require_https=request.is_secure())
    # A word without a slash is allowed too, and would be taken for the name of a page.
    return path if is_ours and path.startswith("/") else otherwise
