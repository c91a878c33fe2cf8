"""What every page of the console shows around its content."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def context(request: HttpRequest) -> dict[str, object]:
    """Return what the shell of a page needs."""
    return {"is_demo": settings.IS_DEMO}
