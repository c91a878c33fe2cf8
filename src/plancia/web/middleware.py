"""One transaction a request, asked for by whom; the language; and what the browser may load."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from plancia.accounts import sessions
from plancia.kernel import clock, tenancy, transaction

Responder = Callable[[HttpRequest], HttpResponse]


class TenancyMiddleware:
    """Run each request as one transaction, in which the database knows the user."""

    def __init__(self, respond: Responder) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A gateway's callback may have to be asked about before it is believed, and is taken in by staff's transaction.
        if request.path == "/healthz" or request.path.startswith("/api/callbacks/"):
            return self.respond(request)
        with transaction.atomic():
            if request.user.is_authenticated:
                tenancy.enter_user(request.user.pk)
                sessions.note_seen(request.session, at=clock.now())
            return self.respond(request)


class LanguageMiddleware:
    """Speak the language of the address, in the help centre; else of the cookie, of the user, of the browser."""

    def __init__(self, respond: Responder) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _start, _slash, rest = request.path.partition("/help/")
        language = rest.partition("/")[0] if not _start else ""
        if language not in dict(settings.LANGUAGES):
            language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if language not in dict(settings.LANGUAGES):
            if request.user.is_authenticated:
                language = request.user.language
            else:
                language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        response = self.respond(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


class ContentSecurityMiddleware:
    """Let pages load what we serve and nothing else; no inline style, no inline script."""

    POLICY = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self'"
    )

    def __init__(self, respond: Responder) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        response.headers.setdefault("Content-Security-Policy", self.POLICY)
        return response
