"""
Stripe, as far as we ask it: its API over HTTP with idempotency keys, and its webhooks with real signatures.

Written from docs.stripe.com: bodies are forms with brackets, errors have types and codes, a repeated key is answered
as it was the first time, and refused where it comes with other words.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.test import override_settings

SECRET = "whsec_of_the_test"
CARD = {"brand": "visa", "last4": "4242", "exp_month": 4, "exp_year": 2031}


class Stripe(ThreadingHTTPServer):
    """The company. What it collected is in `intents`; what it was asked, in `asked`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sessions: dict[str, dict[str, str]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.detached: list[str] = []
        self.answers: dict[str, tuple[str, int, Any]] = {}
        self.is_out_of_order = False
        self.lock = threading.Lock()
        self._numbers = 0

    def number(self, prefix: str) -> str:
        self._numbers += 1
        return f"{prefix}_test_{self._numbers}"

    def event(self, kind: str, told: dict[str, Any], *, name: str = "") -> bytes:
        """Return the body of a webhook."""
        event = {"id": name or self.number("evt"), "object": "event", "type": kind, "data": {"object": told}}
        return json.dumps(event).encode()

    def pay(self, session: str) -> dict[str, Any]:
        """Let the customer pay on the page; return the charge, as webhooks tell it."""
        asked = self.sessions[session]
        amount = int(asked["line_items[0][price_data][unit_amount]"])
        currency = asked["line_items[0][price_data][currency]"]
        metadata = {"payment": asked["payment_intent_data[metadata][payment]"]}
        is_kept = asked.get("payment_intent_data[setup_future_usage]") == "off_session"
        intent = self.number("pi")
        self.intents[intent] = {"amount": amount, "currency": currency, "metadata": metadata}
        return {
            "id": self.number("ch"),
            "payment_intent": intent,
            "amount": amount,
            "currency": currency,
            "metadata": metadata,
            "customer": "cus_test_1" if is_kept else None,
            "payment_method": "pm_card_visa",
            "payment_method_details": {"type": "card", "card": CARD},
        }


def signed(body: bytes, *, at: float, secret: str = SECRET) -> str:
    """Return the header Stripe-Signature. Source: docs.stripe.com, "Verify webhook signatures manually"."""
    digest = hmac.new(secret.encode(), f"{int(at)}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={int(at)},v1={digest}"


@contextmanager
def running() -> Iterator[Stripe]:
    """Stripe on a port of its own, and us as its customer; it is the only gateway for cards then."""
    with Stripe() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with override_settings(
            STRIPE_KEY="sk_test_of_the_test",
            STRIPE_URL=f"http://127.0.0.1:{server.server_port}",
            STRIPE_WEBHOOK_SECRET=SECRET,
            REHEARSAL_GATEWAY_URL="",
        ):
            yield server
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: Stripe
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if self.server.is_out_of_order:
            self._say(500, _error("api_error", ""))
        elif path.startswith("/v1/payment_methods/"):
            self._say(200, {"id": path.rsplit("/", 1)[1], "object": "payment_method", "type": "card", "card": CARD})
        elif path.startswith("/v1/refunds/"):
            self._say(200, self.server.refunds[path.rsplit("/", 1)[1]] | {"status": "succeeded"})
        else:
            self._say(404, _error("invalid_request_error", "resource_missing"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        if self.headers["authorization"] != "Bearer sk_test_of_the_test":
            self._say(401, _error("invalid_request_error", "api_key_invalid"))
            return
        if self.server.is_out_of_order:
            self._say(500, _error("api_error", ""))
            return
        key = self.headers.get("idempotency-key", "")
        with self.server.lock:
            known = self.server.answers.get(key) if key else None
            if known is None:
                status, said = self._act(urlsplit(self.path).path, dict(parse_qsl(body)))
                if key:
                    self.server.answers[key] = (body, status, said)
            elif known[0] != body:
                status, said = 400, _error("idempotency_error", "")
            else:
                _, status, said = known
        self._say(status, said)

    def _act(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        match path.split("/")[2:]:
            case ["checkout", "sessions"]:
                session = self.server.number("cs")
                self.server.sessions[session] = form
                return 200, {
                    "id": session,
                    "object": "checkout.session",
                    "url": f"https://checkout.stripe.com/c/{session}",
                }
            case ["payment_intents"]:
                return self._intent(form)
            case ["refunds"]:
                return self._refund(form)
            case ["payment_methods", method, "detach"]:
                if method in self.server.detached:
                    return 400, _error("invalid_request_error", "resource_missing")
                self.server.detached.append(method)
                return 200, {"id": method, "object": "payment_method"}
        return 404, _error("invalid_request_error", "resource_missing")

    def _intent(self, form: dict[str, str]) -> tuple[int, Any]:
        match form["payment_method"]:
            case "pm_declined":
                return 402, _error("card_error", "card_declined", decline_code="insufficient_funds")
            case "pm_asks":
                return 402, _error("card_error", "authentication_required", decline_code="authentication_required")
            case "pm_gone":
                return 400, _error("invalid_request_error", "resource_missing")
        intent = self.server.number("pi")
        self.server.intents[intent] = {"amount": int(form["amount"]), "currency": form["currency"]}
        status = "processing" if form["payment_method"] == "pm_slow" else "succeeded"
        return 200, {"id": intent, "object": "payment_intent", "status": status}

    def _refund(self, form: dict[str, str]) -> tuple[int, Any]:
        intent = self.server.intents.get(form["payment_intent"])
        gone = sum(
            one["amount"] for one in self.server.refunds.values() if one["payment_intent"] == form["payment_intent"]
        )
        if intent is None or gone + int(form["amount"]) > intent["amount"]:
            return 400, _error("invalid_request_error", "charge_already_refunded")
        refund = self.server.number("re")
        status = "pending" if int(form["amount"]) == 4 else "succeeded"
        self.server.refunds[refund] = {
            "id": refund,
            "object": "refund",
            "amount": int(form["amount"]),
            "payment_intent": form["payment_intent"],
            "status": status,
        }
        return 200, self.server.refunds[refund]

    def _say(self, status: int, said: Any) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _error(kind: str, code: str, **more: str) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": f"{kind} {code}"} | more}
