"""What a load balancer asks."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpRequest, JsonResponse

from plancia.kernel import clock
from plancia.ops import health


def healthz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when web, database and worker are well, else 503; either way, say which is."""
    found = health.state(clock.now())
    response = JsonResponse(asdict(found), status=200 if found.is_well else 503)
    response.headers["Cache-Control"] = "no-store"
    return response


healthz.guard = "open"  # type: ignore[attr-defined]  # the mark that the architecture test looks for
