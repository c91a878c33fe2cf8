"""Problems, told to machines. Source: RFC 9457."""

from __future__ import annotations

from http import HTTPStatus

from django.http import JsonResponse

from plancia.kernel.refusals import Refusal


def problem(status: HTTPStatus, *, code: str, detail: str) -> JsonResponse:
    """Return an answer that says what is wrong. `code` is stable; `detail` is for people."""
    return JsonResponse(
        {"type": "about:blank", "title": status.phrase, "status": status, "code": code, "detail": detail},
        status=status,
        content_type="application/problem+json",
    )


def refused(refusal: Refusal, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> JsonResponse:
    """Return a refusal as an answer."""
    return problem(status, code=refusal.code, detail=str(refusal))
