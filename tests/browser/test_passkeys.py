"""Passkeys in a real browser, under our own content security policy, with Chromium's virtual authenticator."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import parse_qsl, urlencode

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import BrowserContext, Page, Route, expect

from plancia.accounts.models import User
from tests import people
from tests.browser.test_kit import violations
from tests.people import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@aurora.example", "Ada", "Rossi", language="en")


@pytest.fixture
def base(live: str) -> str:
    """The console under a name: passkeys belong to names, not to numbers."""
    return live.replace("127.0.0.1", "localhost")


@pytest.fixture
def device(page: Page, context: BrowserContext):
    """A device that knows its owner."""
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session


def sign_in_with_password(page: Page, base: str) -> None:
    page.goto(f"{base}/account/sign-in/")
    page.locator("[name=login]").fill("ada@aurora.example")
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(re.compile(r"/$|second-factor"))


def sign_out(page: Page, base: str) -> None:
    page.goto(f"{base}/profile/")
    page.get_by_label("Your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your account")).to_have_count(0)


def add_passkey(page: Page, base: str) -> None:
    page.goto(f"{base}/profile/security/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Name of the passkey").fill("Laptop")
    page.get_by_role("main").get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")


def test_a_passkey_is_added_signs_in_without_password_and_is_removed(page: Page, base: str, ada: User, device):
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    sign_in_with_password(page, base)
    add_passkey(page, base)
    assert violations(page) == []
    page.get_by_role("link", name="Done").click()
    expect(page.locator(".rows__name", has_text="Laptop")).to_be_visible()
    assert violations(page) == []

    # Without the password.
    sign_out(page, base)
    page.goto(f"{base}/account/sign-in/?next=/profile/devices/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Where you are signed in")).to_be_visible()

    # After the password, as second factor.
    sign_out(page, base)
    sign_in_with_password(page, base)
    expect(page.get_by_role("heading", level=1)).to_have_text("One more proof")
    assert violations(page) == []
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_label("Your account")).to_be_visible()

    page.goto(f"{base}/profile/security/")
    page.get_by_role("link", name="Remove Laptop").click()
    if page.get_by_label("Your password").is_visible():
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
    page.get_by_role("main").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Passkeys")).to_be_visible()
    assert not Authenticator.objects.filter(type="webauthn").exists()
    assert [text for text in said if "Content Security Policy" in text] == []


def test_a_passkey_that_was_used_for_another_origin_opens_nothing(page: Page, base: str, ada: User, device):
    sign_in_with_password(page, base)
    add_passkey(page, base)
    sign_out(page, base)
    page.goto(f"{base}/account/sign-in/")

    def send(route: Route) -> None:
        """Say that the browser was elsewhere: what a page of somebody else's would get."""
        is_sent = route.request.method == "POST"
        route.continue_(post_data=_elsewhere(route.request.post_data or "") if is_sent else None)

    page.route("**/account/sign-in/passkey/", send)
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("main")).to_contain_text("not right")
    page.goto(f"{base}/profile/")
    expect(page).to_have_url(re.compile("sign-in"))


def _elsewhere(body: str) -> str:
    form = dict(parse_qsl(body))
    credential = json.loads(form["credential"])
    said = credential["response"]["clientDataJSON"]
    data = json.loads(urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    data["origin"] = "http://evil.example"
    credential["response"]["clientDataJSON"] = urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")
    return urlencode(form | {"credential": json.dumps(credential)})
