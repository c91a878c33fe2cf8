"""What an independent client library, and what somebody who means harm, get from our sign-in for apps."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings as django_settings
from django.test import Client as Browser
from joserfc import jwt
from joserfc.jwk import KeySet
from pytest_httpserver import HTTPServer

from plancia.accounts.models import User
from plancia.federation import app_sessions, registration, signing
from plancia.federation.models import AppSession, Code, SigningKey
from plancia.kernel import clock, transaction
from plancia.organizations.models import Membership
from plancia.organizations.roles import Role
from plancia.outbox import delivery
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import Reason
from tests import people
from tests.people import PASSWORD
from tests.web import shapes

BACK, VERIFIER = "https://mail.example/callback", "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def ada(db) -> User:
    return people.person("ada@aurora.example", "Ada", "Rossi", language="en")


@pytest.fixture
def browser(ada) -> Browser:
    browser = Browser()
    browser.post("/account/sign-in/", {"login": ada.email, "password": PASSWORD})
    return browser


@pytest.fixture
def app(db) -> tuple[str, str]:
    """A webmail that the provider has registered: its id and its secret."""
    with transaction.as_staff():
        client, secret = registration.register(
            name="Webmail", redirect_uris=[BACK], post_logout_redirect_uris=["https://mail.example/"]
        )
    return client.pk, secret


def asked(app: tuple[str, str], **changes: str | None) -> str:
    parameters = {
        "client_id": app[0],
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "openid profile email organizations",
        "state": "s",
        "nonce": "n",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return "/identity/authorize?" + urlencode({key: value for key, value in parameters.items() if value is not None})


def agree(browser: Browser, page, **answer: str):
    """Press Continue on the page that asks."""
    form = page.content.decode()
    (request,) = re.findall(r'name="request" value="([^"]*)"', form)
    scopes = re.findall(r'name="scopes" value="([^"]*)"', form)
    return browser.post(
        "/identity/authorize",
        {"request": html.unescape(request), "scopes": scopes, "action": "grant", "organization": "all", **answer},
    )


def code_of(response) -> str:
    assert response.status_code == 302, response.content.decode()[:2000]
    assert response.headers["Location"].startswith(BACK)
    return parse_qs(urlsplit(response.headers["Location"]).query)["code"][0]


def sign_in(browser: Browser, app: tuple[str, str], **changes: str | None) -> str:
    response = browser.get(asked(app, **changes))
    return code_of(agree(browser, response) if response.status_code == 200 else response)


def redeem(app: tuple[str, str], code: str, **changes: str):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | changes
    return Browser().post("/identity/token", form, headers=basic(app))


def basic(app: tuple[str, str]) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(":".join(app).encode()).decode()}


def refresh(app: tuple[str, str], token: str):
    return Browser().post(
        "/identity/token", {"grant_type": "refresh_token", "refresh_token": token}, headers=basic(app)
    )


def read(token: str) -> dict:
    keys = KeySet.import_key_set(Browser().get("/.well-known/jwks.json").json())
    return dict(jwt.decode(token, keys, algorithms=["RS256"]).claims)


def test_an_app_learns_who_when_how_and_where(browser, app, ada):
    tokens = redeem(app, sign_in(browser, app)).json()
    claims = read(tokens["id_token"])

    assert claims["iss"] == django_settings.BASE_URL and claims["aud"] == app[0] and claims["nonce"] == "n"
    assert (claims["sub"], claims["email"], claims["name"]) == (ada.public_id, ada.email, "Ada Rossi")
    assert claims["amr"] == ["pwd"] and abs(claims["auth_time"] - clock.now().timestamp()) < 60 and claims["sid"]
    userinfo = Browser().get("/identity/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.json()["sub"] == ada.public_id


def test_the_issuer_is_the_providers_whatever_host_is_claimed(db):
    document = Browser().get("/.well-known/openid-configuration", headers={"host": "evil.example"}).json()

    assert document["issuer"] == django_settings.BASE_URL
    assert all(
        str(value).startswith(django_settings.BASE_URL) for key, value in document.items() if key.endswith("_endpoint")
    )


def test_consent_is_asked_once_and_again_for_more_or_on_wish(browser, app):
    assert browser.get(asked(app, scope="openid email")).status_code == 200
    sign_in(browser, app, scope="openid email")

    assert browser.get(asked(app, scope="openid email")).status_code == 302
    assert browser.get(asked(app, scope="openid")).status_code == 302
    assert browser.get(asked(app, scope="openid email profile")).status_code == 200
    assert browser.get(asked(app, scope="openid email", prompt="consent")).status_code == 200
    assert "access_denied" in agree(browser, browser.get(asked(app)), action="deny").headers["Location"]


def test_consent_is_taken_back_in_the_profile(browser, app):
    tokens = redeem(app, sign_in(browser, app)).json()
    page = browser.get("/profile/applications/").content.decode()
    (consent,) = re.findall(r"apps/(cns_\w+)/removal", page)

    browser.post(f"/profile/applications/apps/{consent}/removal/")

    assert refresh(app, tokens["refresh_token"]).status_code == 400
    assert browser.get(asked(app)).status_code == 200


def test_silence_answers_only_who_has_agreed(browser, app):
    assert "consent_required" in browser.get(asked(app, prompt="none")).headers["Location"]
    sign_in(browser, app)

    assert "code=" in browser.get(asked(app, prompt="none")).headers["Location"]
    assert "login_required" in Browser().get(asked(app, prompt="none")).headers["Location"]
    with transaction.as_staff():
        other, _secret = registration.register(name="Drive", redirect_uris=[BACK])
    assert "consent_required" in browser.get(asked((other.pk, ""), prompt="none")).headers["Location"]


@pytest.mark.parametrize(
    "place",
    [
        "https://evil.example/callback",
        "https://mail.example.evil.example/callback",
        "https://mail.example@evil.example/callback",
        "https://ada@mail.example/callback",
        "https://mail.example/callback/../evil",
        "https://mail.example/callback?x=1",
        "https://mail.example/callback#here",
        "https://mail.example:8443/callback",
        "https://mail.example//callback",
        "https://MAIL.example/callback",
        "http://mail.example/callback",
        "https://mail.example/callback%0d%0aSet-Cookie:x=y",
        "javascript:alert(1)",
        "//evil.example",
        "",
        None,
    ],
)
def test_a_redirect_address_is_the_registered_one_letter_by_letter(browser, app, place):
    response = browser.get(asked(app, redirect_uri=place))

    assert response.status_code == 400
    assert "This app cannot sign you in" in response.content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": None},
        {"response_type": "token"},
        {"response_type": "code id_token"},
        {"scope": "openid everything"},
    ],
)
def test_what_is_weaker_than_we_ask_is_refused(browser, app, changes):
    response = browser.get(asked(app, **changes))

    assert response.status_code == 302
    assert (
        response.headers["Location"].startswith(BACK)
        and "error=" in response.headers["Location"]
        and "code=" not in response.headers["Location"]
    )


def test_without_state_and_nonce_the_verifier_still_guards_the_code(browser, app):
    response = browser.get(asked(app, state=None, nonce=None))
    code = code_of(agree(browser, response))

    assert redeem(app, code, code_verifier="w" * 64).status_code == 400
    claims = read(redeem(app, code).json()["id_token"])
    assert "nonce" not in claims


def test_a_code_is_good_once_and_its_tokens_end_when_it_comes_again(browser, app):
    code = sign_in(browser, app)
    tokens = redeem(app, code).json()

    assert redeem(app, code).status_code == 400
    assert refresh(app, tokens["refresh_token"]).status_code == 400


def test_a_code_is_good_for_a_minute_and_for_one_app(browser, app):
    code = sign_in(browser, app)
    with transaction.as_staff():
        other, secret = registration.register(name="Drive", redirect_uris=[BACK])

    assert redeem((other.pk, secret), code).status_code in (400, 401)
    assert redeem((app[0], "wrong"), code).status_code in (400, 401)
    with clock.at(clock.now() + timedelta(minutes=2)):
        assert redeem(app, code).status_code == 400
    assert Code.objects.get(used_at=None).hash != code


def test_refresh_tokens_rotate(browser, app):
    first = redeem(app, sign_in(browser, app)).json()["refresh_token"]
    second = refresh(app, first).json()["refresh_token"]

    assert first != second
    assert refresh(app, first).status_code == 400


def test_claims_follow_the_product_and_the_membership_at_the_next_refresh(browser, app, ada):
    shapes.catalogue(clock.now() - timedelta(days=900))
    aurora = people.aurora(people.person("owner@aurora.example"))
    membership = people.member(aurora, ada, Role.ADMINISTRATOR)
    (product,) = shapes.products(aurora, 1, at=clock.now())
    tokens = redeem(app, sign_in(browser, app)).json()
    (organization,) = read(tokens["id_token"])["organizations"]
    assert (organization["id"], organization["role"]) == (aurora.public_id, "administrator")
    assert [(one["product"], one["state"], one["right"]) for one in organization["entitlements"]] == [
        (product.public_id, "active", "manage")
    ]

    with transaction.as_staff():
        held = Subscription.objects.get(pk=product.pk)
        held.suspend(reason=Reason.UNPAID)
        held.save()
    tokens = refresh(app, tokens["refresh_token"]).json()
    assert read(tokens["id_token"])["organizations"][0]["entitlements"][0]["state"] == "suspended"

    with transaction.as_staff():
        Membership.objects.filter(pk=membership.pk).delete()
    tokens = refresh(app, tokens["refresh_token"]).json()
    assert read(tokens["id_token"])["organizations"] == []


def test_the_user_chooses_which_organization_an_app_knows_of(browser, app, ada):
    aurora, borea = people.aurora(ada), people.borea(ada)
    page = browser.get(asked(app))
    assert borea.name in page.content.decode()

    code = code_of(agree(browser, page, organization=aurora.public_id))

    assert [one["id"] for one in read(redeem(app, code).json()["id_token"])["organizations"]] == [aurora.public_id]


def test_signing_out_ends_the_session_in_the_apps(browser, app, ada, httpserver: HTTPServer):
    httpserver.expect_request("/logout", method="POST").respond_with_data("")
    with transaction.as_staff():
        registration.change(
            client_id=app[0], name="Webmail", redirect_uris=[BACK], back_channel_uri=httpserver.url_for("/logout")
        )
    tokens = redeem(app, sign_in(browser, app)).json()
    sid = read(tokens["id_token"])["sid"]

    browser.post("/account/sign-out/")
    _tell()

    assert refresh(app, tokens["refresh_token"]).status_code == 400
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert Browser().get("/identity/userinfo", headers=bearer).status_code == 401
    ((request, _answer),) = httpserver.log
    told = read(parse_qs(request.get_data(as_text=True))["logout_token"][0])
    assert (told["sid"], told["sub"], told["aud"]) == (sid, ada.public_id, app[0])
    assert told["events"] == {app_sessions.EVENT: {}} and "nonce" not in told


def test_a_session_ended_from_another_device_ends_in_the_apps_too(browser, app, ada):
    tokens = redeem(app, sign_in(browser, app)).json()
    other = Browser()
    other.post("/account/sign-in/", {"login": ada.email, "password": PASSWORD})

    other.post("/profile/devices/end/")
    _tell()

    assert refresh(app, tokens["refresh_token"]).status_code == 400


def test_an_app_signs_people_out_and_gets_them_back_where_it_may(browser, app):
    tokens = redeem(app, sign_in(browser, app)).json()
    hint = {"id_token_hint": tokens["id_token"]}

    evil = browser.get("/identity/logout?" + urlencode(hint | {"post_logout_redirect_uri": "https://evil.example/"}))
    assert "evil.example" not in evil.headers.get("Location", "")
    assert browser.get("/profile/").status_code == 200
    unasked = browser.get("/identity/logout")
    assert (
        unasked.status_code == 200 and "Sign out here" in unasked.content.decode()
    ) or "Uscire" in unasked.content.decode()

    good = browser.get(
        "/identity/logout?" + urlencode(hint | {"post_logout_redirect_uri": "https://mail.example/", "state": "x"})
    )
    assert good.headers["Location"] == "https://mail.example/?state=x"
    assert browser.get("/profile/").status_code == 302


def test_keys_rotate_without_a_token_that_cannot_be_read(browser, app):
    before = redeem(app, sign_in(browser, app)).json()["id_token"]
    at = clock.now()
    with transaction.as_staff():
        signing.rotate(at=at)
    assert len(Browser().get("/.well-known/jwks.json").json()["keys"]) == 2
    still = redeem(app, sign_in(browser, app)).json()["id_token"]
    assert _kid(still) == _kid(before)

    with clock.at(at + timedelta(days=1, minutes=1)):
        after = redeem(app, sign_in(browser, app)).json()["id_token"]
        assert _kid(after) != _kid(before)
        assert read(before) and read(after)
    with clock.at(at + timedelta(days=3)):
        assert len(Browser().get("/.well-known/jwks.json").json()["keys"]) == 1
    assert all("PRIVATE" not in key.sealed for key in SigningKey.objects.all())


def test_an_app_may_want_a_younger_sign_in(browser, app):
    sign_in(browser, app)
    session = browser.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 1000
    session.save()

    assert browser.get(asked(app, max_age="5000")).headers["Location"].startswith(BACK)
    assert "/account/proof/" in browser.get(asked(app, max_age="500")).headers["Location"]


@pytest.mark.parametrize(
    "address",
    ["http://mail.example/", "https://*.example/", "https://mail.example/#x", "mail.example", "ftp://a.b/", "https://"],
)
def test_an_app_is_registered_with_addresses_that_lead_to_one_place(db, address):
    with transaction.as_staff(), pytest.raises(registration.AppAddressRefused):
        registration.register(name="Webmail", redirect_uris=[address])


def _kid(token: str) -> str:
    head = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])


def _tell() -> None:
    """Do what the worker does."""
    at = clock.now() + timedelta(minutes=5)
    with transaction.as_staff():
        delivery.tell_untold(at=at)
        ended = list(AppSession.objects.exclude(ended_at=None).filter(told_at=None).values_list("pk", flat=True))
    for session in ended:
        app_sessions.tell_app(session, at=clock.now())
