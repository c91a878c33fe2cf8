"""What signing in costs: the page, the password, a guess that is stopped, and the tokens of an app."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import django

from plancia.ops import home, statics

# Pages name their style sheet by what is in it; where the files were collected is read when Django starts.
statics.collect(home.directory())
django.setup()

from django.contrib.auth.hashers import check_password, make_password  # noqa: E402  (Django comes first)
from django.core.cache import cache  # noqa: E402
from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from plancia.accounts.models import Attempts, User  # noqa: E402
from plancia.federation import registration  # noqa: E402
from plancia.kernel import transaction  # noqa: E402

ROUNDS = 15
EMAIL, PASSWORD = "sign-in@bench.example", "a long way to Bellinzona"
BACK, VERIFIER = "https://app.bench.example/callback", "v" * 64


def main() -> None:
    """Print the section."""
    User.objects.create_user(EMAIL, PASSWORD, first_name="Ada", last_name="Rossi", joined_at=datetime.now(UTC))
    with transaction.as_staff():
        app, secret = registration.register(name="Bench", redirect_uris=[BACK], is_ours=True)
    browser = Client()
    kept = make_password(PASSWORD)
    rows = [("argon2 alone", *_cost(lambda: check_password(PASSWORD, kept)))]
    rows.append(("the sign-in page", *_cost(lambda: Client().get("/account/sign-in/"))))
    rows.append(("signing in with a password", *_cost(lambda: _sign_in(Client()), before=_forget_attempts)))
    rows.append(("a wrong password", *_cost(lambda: _sign_in(Client(), "wrong"), before=_forget_attempts)))
    for _each in range(8):
        _sign_in(Client(), "wrong")
    rows.append(("a guess that is stopped", *_cost(lambda: _sign_in(Client(), "wrong"))))
    _forget_attempts()
    _sign_in(browser)
    tokens: list[dict[str, str]] = []
    rows.append(("an app: authorization and tokens", *_cost(lambda: tokens.append(_tokens(browser, app.pk, secret)))))
    rows.append(("an app: refresh", *_cost(lambda: tokens.append(_refresh(tokens[-1], app.pk, secret)))))
    print("## Sign-in\n\nIn one process, without a network; the median of 15.\n")
    print("| what | queries | CPU ms |\n|---|---|---|")
    for name, queries, milliseconds in rows:
        print(f"| {name} | {queries} | {milliseconds:.1f} |")
    print()


def _cost(act: Callable[[], object], before: Callable[[], object] = lambda: None) -> tuple[int, float]:
    times = []
    for _each in range(ROUNDS):
        before()
        began = time.process_time()
        act()
        times.append(time.process_time() - began)
    before()
    with CaptureQueriesContext(connections["default"]) as queries:
        act()
    return len(queries), sorted(times)[ROUNDS // 2] * 1000


def _forget_attempts() -> None:
    cache.clear()
    Attempts.objects.all().delete()


def _sign_in(browser: Client, password: str = PASSWORD) -> None:
    browser.post("/account/sign-in/", {"login": EMAIL, "password": password})


def _tokens(browser: Client, client_id: str, secret: str) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": "openid profile email organizations",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    response = browser.get("/identity/authorize?" + urlencode(asked))
    code = parse_qs(urlsplit(unescape(response.headers["Location"])).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER}
    return _ask(form, client_id, secret)


def _refresh(tokens: dict[str, str], client_id: str, secret: str) -> dict[str, str]:
    return _ask({"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}, client_id, secret)


def _ask(form: dict[str, str], client_id: str, secret: str) -> dict[str, str]:
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    response = Client().post("/identity/token", form, headers={"authorization": f"Basic {basic}"})
    found: dict[str, str] = response.json()
    assert re.match(r"[\w-]+", found["refresh_token"])
    return found


if __name__ == "__main__":
    main()
