"""A real browser against the real pages: Chromium, and Django served by threads from the test's database."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import Browser, BrowserContext, Page

from plancia import kit
from plancia.accounts.session_store import SessionStore
from plancia.kit import storage


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing: the tests speak."""


@cache
def _bundles() -> dict[str, bytes]:
    """What a browser loads of a real installation: one style sheet and one script."""
    static = Path(kit.__file__).parent / "static"
    names = storage.BundledStaticFilesStorage.BUNDLES
    return {name: storage.bundle(name, lambda file: (static / file).read_text()).encode() for name in names}


@pytest.fixture
def live(db: None) -> Iterator[str]:
    """The address of the running console."""
    from django.db import connections

    from plancia.config.wsgi import application

    def answer(environ, start_response):
        name = environ["PATH_INFO"].removeprefix("/static/")
        if name in _bundles():
            kind = "text/css" if name.endswith(".css") else "text/javascript"
            start_response("200 OK", [("Content-Type", kind), ("Cache-Control", "max-age=3600")])
            yield _bundles()[name]
            return
        response = application(environ, start_response)
        try:
            yield from response
        finally:
            response.close()
            connections.close_all()

    server = make_server("127.0.0.1", 0, answer, _Server, _Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def context(chromium: Browser, live: str, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A browser's profile; `@pytest.mark.parametrize("context", [{…}], indirect=True)` sets its options."""
    context = chromium.new_context(base_url=live, **getattr(request, "param", {}))
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def sign_in(context: BrowserContext, live: str, user) -> None:
    """Let the browser be signed in as `user`, past the sign-in page, which has tests of its own."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "plancia.accounts.backend.Backend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    context.add_cookies([{"name": "sessionid", "value": str(session.session_key), "url": live}])
