"""The sample app of the documentation, with a client library that is not ours, and a real browser."""

from __future__ import annotations

import importlib.util
import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from plancia.accounts.models import User
from plancia.federation import app_sessions, registration
from plancia.federation.models import AppSession
from plancia.kernel import clock, transaction
from plancia.outbox import delivery
from tests import people
from tests.browser.test_kit import violations
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_FILE = Path(__file__).parents[2] / "docs/examples/signed_in_app/app.py"
_SPEC = importlib.util.spec_from_file_location("signed_in_app", _FILE)
assert _SPEC and _SPEC.loader
sample = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(sample)


@pytest.fixture
def ada(db) -> User:
    ada = people.person("ada@aurora.example", "Ada", "Rossi", language="en")
    people.aurora(ada)
    return ada


@pytest.fixture
def app(live: str, ada: User, settings) -> Iterator[str]:
    """The address of the app, which runs beside us and knows us by our address alone."""
    settings.BASE_URL = live
    holder = sample.serve(None, 0)
    address = f"http://127.0.0.1:{holder.server_port}"
    with transaction.as_staff():
        client, secret = registration.register(
            name="Sample app",
            redirect_uris=[f"{address}/callback"],
            post_logout_redirect_uris=[f"{address}/"],
            back_channel_uri=f"{address}/back-channel-logout",
        )
    holder.RequestHandlerClass.app = sample.App(live, client.pk, secret, address)
    thread = threading.Thread(target=holder.serve_forever, daemon=True)
    thread.start()
    yield address
    holder.shutdown()
    holder.server_close()
    thread.join()


def claims(page: Page, app: str) -> dict | None:
    page.goto(f"{app}/")
    return json.loads(page.locator("body").inner_text())


def sign_in(page: Page, app: str) -> None:
    page.goto(f"{app}/sign-in")
    page.locator("[name=login]").fill("ada@aurora.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_app_signs_in_refreshes_and_is_signed_out(page: Page, app: str, live: str, ada: User):
    assert claims(page, app) is None
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    # Signing in, with the consent that is asked once.
    sign_in(page, app)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Sample app")
    assert violations(page) == []
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{app}/")
    known = claims(page, app)
    assert known and known["email"] == ada.email and known["organizations"][0]["name"] == "Aurora Srl"

    # What changes here is known there at the next refresh.
    User.objects.filter(pk=ada.pk).update(first_name="Adelaide")
    page.goto(f"{app}/refresh")
    assert (claims(page, app) or {})["given_name"] == "Adelaide"

    # Ended here, from the profile: the app is told.
    page.goto(f"{live}/profile/")
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your account")).to_have_count(0)
    tell()
    assert claims(page, app) is None

    # The consent is remembered: the password leads straight to the app, past the policy that holds forms to us.
    sign_in(page, app)
    page.wait_for_url(f"{app}/")
    assert claims(page, app)

    # Ended there: signed out here, too, and back at the app.
    page.goto(f"{app}/sign-out")
    page.wait_for_url(re.compile(rf"^{re.escape(app)}/\?state="))
    page.goto(f"{live}/profile/")
    expect(page).to_have_url(re.compile("sign-in"))
    assert [text for text in said if "Content Security Policy" in text] == []


def tell() -> None:
    """Do what the worker does."""
    with transaction.as_staff():
        delivery.tell_untold(at=clock.now() + timedelta(minutes=5))
        ended = list(AppSession.objects.exclude(ended_at=None).values_list("pk", flat=True))
    for session in ended:
        app_sessions.tell_app(session, at=clock.now())
