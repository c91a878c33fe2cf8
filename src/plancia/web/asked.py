"""What a request asks besides its address: which page of a list, what to look for, and where to go on."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from plancia.kit.asked import LONGEST, page, text

__all__ = ["LONGEST", "following", "page", "text"]


def following(request: HttpRequest, *, otherwise: str) -> str:
    """Return the path of ours to which a form wants to go on; `otherwise`, where it names none."""
    path = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(path, {request.get_host()}, require_https=request.is_secure())
    # A word without a slash is allowed too, and would be taken for the name of a page.
    return path if is_ours and path.startswith("/") else otherwise
