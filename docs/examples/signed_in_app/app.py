"""
An app whose users sign in through Plancia: OpenID Connect with Authlib, nothing else from Plancia.

    pip install authlib requests
    plancia app register --name "My app" --redirect-uri http://127.0.0.1:9000/callback \\
        --post-logout-uri http://127.0.0.1:9000/ --back-channel-uri http://127.0.0.1:9000/back-channel-logout
    python app.py --issuer https://console.example --client-id … --client-secret … --port 9000

It shows what it learns: `/sign-in` sends to Plancia, `/callback` takes the answer, `/refresh` asks again what is true now,
`/sign-out` signs out here and there, and `/back-channel-logout` is called by Plancia when the session ended elsewhere.
"""

from __future__ import annotations

import argparse
import json
import secrets
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

LOGOUT = "http://schemas.openid.net/event/backchannel-logout"


class App:
    """What the app knows: its provider, and who is signed in, by the key of a cookie."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, address: str) -> None:
        self.provider = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
        assert self.provider["issuer"] == issuer, "a provider names itself"
        self.client_id, self.client_secret, self.address = client_id, client_secret, address
        self.begun: dict[str, dict[str, str]] = {}
        self.people: dict[str, dict[str, Any]] = {}

    def client(self) -> OAuth2Session:
        return OAuth2Session(
            self.client_id,
            self.client_secret,
            scope="openid profile email organizations",
            redirect_uri=f"{self.address}/callback",
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic",
        )

    def begin(self) -> tuple[str, str]:
        """Return where to send the browser, and the state that it has to bring back."""
        verifier, nonce = generate_token(48), generate_token(24)
        place, state = self.client().create_authorization_url(
            self.provider["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
        self.begun[state] = {"verifier": verifier, "nonce": nonce}
        return place, state

    def finish(self, query: str, state: str) -> str:
        """Take what the browser brings back; return the key of the new session."""
        begun = self.begun.pop(state)  # a state that we did not give, or a second time, ends here
        token = self.client().fetch_token(
            self.provider["token_endpoint"],
            authorization_response=f"{self.address}/callback?{query}",
            code_verifier=begun["verifier"],
            state=state,
        )
        claims = self.read(token["id_token"])
        assert claims["nonce"] == begun["nonce"], "an answer to another question"
        key = secrets.token_urlsafe(24)
        self.people[key] = {"claims": claims, "token": token}
        return key

    def refresh(self, key: str) -> None:
        """Ask what is true now: organizations, roles and products change."""
        person = self.people[key]
        token = self.client().refresh_token(
            self.provider["token_endpoint"], refresh_token=person["token"]["refresh_token"]
        )
        self.people[key] = {"claims": self.read(token["id_token"]), "token": token}

    def signed_out_elsewhere(self, logout_token: str) -> None:
        """End the sessions that a signed message names."""
        claims = self.read(logout_token)
        assert LOGOUT in claims["events"] and "nonce" not in claims, "this is no logout token"
        self.people = {key: one for key, one in self.people.items() if one["claims"]["sid"] != claims["sid"]}

    def read(self, token: str) -> dict[str, Any]:
        """Return the claims of a token that the provider has signed for us."""
        keys = KeySet.import_key_set(requests.get(self.provider["jwks_uri"], timeout=10).json())
        claims = jwt.decode(token, keys, algorithms=["RS256"]).claims
        required = {"iss": {"essential": True, "value": self.provider["issuer"]}, "aud": {"essential": True, "value": self.client_id}}
        JWTClaimsRegistry(leeway=30, **required).validate(claims)
        return dict(claims)


class Pages(BaseHTTPRequestHandler):
    """The five addresses of the app."""

    app: App

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        key, person = self._person()
        if parts.path == "/":
            self._say(200, json.dumps(person["claims"] if person else None))
        elif parts.path == "/sign-in":
            place, state = self.app.begin()
            self._go(place, f"state={state}; HttpOnly; SameSite=Lax; Path=/")
        elif parts.path == "/callback":
            state = parse_qs(parts.query).get("state", [""])[0]
            if state != self._cookie("state") or "code" not in parts.query:
                return self._say(400, "this sign-in did not begin here, or was left")
            self._go("/", f"session={self.app.finish(parts.query, state)}; HttpOnly; SameSite=Lax; Path=/")
        elif parts.path == "/refresh" and person:
            self.app.refresh(key)
            self._go("/")
        elif parts.path == "/sign-out" and person:
            self.app.people.pop(key)
            asked = {
                "id_token_hint": person["token"]["id_token"],
                "post_logout_redirect_uri": f"{self.app.address}/",
                "state": secrets.token_urlsafe(8),
            }
            self._go(f"{self.app.provider['end_session_endpoint']}?{urlencode(asked)}")
        else:
            self._say(404, "nothing here")

    def do_POST(self) -> None:
        if self.path != "/back-channel-logout":
            return self._say(404, "nothing here")
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode())
        try:
            self.app.signed_out_elsewhere(form["logout_token"][0])
        except Exception:
            self._say(400, "not signed by our provider")
        else:
            self._say(200, "signed out")

    def _person(self) -> tuple[str, dict[str, Any] | None]:
        key = self._cookie("session")
        return key, self.app.people.get(key)

    def _cookie(self, name: str) -> str:
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        return cookies[name].value if name in cookies else ""

    def _go(self, place: str, cookie: str = "") -> None:
        self.send_response(302)
        self.send_header("Location", place)
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()

    def _say(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""


def serve(app: App, port: int) -> ThreadingHTTPServer:
    """Return the app's server; `serve_forever` runs it."""
    return ThreadingHTTPServer(("127.0.0.1", port), type("OurPages", (Pages,), {"app": app}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="An app whose users sign in through Plancia.")
    for name in ("--issuer", "--client-id", "--client-secret"):
        parser.add_argument(name, required=True)
    parser.add_argument("--port", type=int, default=9000)
    given = parser.parse_args()
    print(f"http://127.0.0.1:{given.port}/")
    serve(App(given.issuer, given.client_id, given.client_secret, f"http://127.0.0.1:{given.port}"), given.port).serve_forever()
