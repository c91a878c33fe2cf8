"""
PayPal, as far as we ask it: Orders v2 over HTTP with request ids, and webhooks signed by a certificate of its own.

Written from developer.paypal.com.
"""

from __future__ import annotations

import base64
import json
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID
from django.test import override_settings

WEBHOOK = "WH-OF-THE-TEST"


@cache
def key_and_certificate() -> tuple[rsa.RSAPrivateKey, bytes]:
    """Return a key and a certificate of it, as PayPal serves its own."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    return key, certificate.public_bytes(serialization.Encoding.PEM)


class PayPal(ThreadingHTTPServer):
    """The company. What was approved and captured is in `orders`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.orders: dict[str, dict[str, Any]] = {}
        self.captures: dict[str, str] = {}
        self.refunds: list[dict[str, Any]] = []
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {}
        self.deleted: list[str] = []
        self.is_declining = self.is_out_of_order = False
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def event(self, kind: str, resource: dict[str, Any], *, name: str = "") -> bytes:
        """Return the body of a webhook."""
        return json.dumps({"id": name or f"WH-{uuid4()}", "event_type": kind, "resource": resource}).encode()

    def approve(self, order: str) -> bytes:
        """Let the customer approve an order on the page; return the webhook that tells it."""
        self.orders[order]["status"] = "APPROVED"
        return self.event("CHECKOUT.ORDER.APPROVED", self.orders[order] | {"id": order})

    def headers(
        self, body: bytes, *, at: datetime, place: str = "", algorithm: str = "SHA256withRSA"
    ) -> dict[str, str]:
        """Return what signs a webhook. Source: developer.paypal.com, "Verify webhook signatures"."""
        key, _ = key_and_certificate()
        message, sent_at = str(uuid4()), at.strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = f"{message}|{sent_at}|{WEBHOOK}|{zlib.crc32(body)}".encode()
        return {
            "paypal-transmission-id": message,
            "paypal-transmission-time": sent_at,
            "paypal-transmission-sig": base64.b64encode(key.sign(signed, padding.PKCS1v15(), hashes.SHA256())).decode(),
            "paypal-cert-url": place or f"{self.address}/v1/notifications/certs/CERT-1",
            "paypal-auth-algo": algorithm,
        }


@contextmanager
def running() -> Iterator[PayPal]:
    """PayPal on a port of its own, and us as its customer."""
    with PayPal() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        with override_settings(
            PAYPAL_CLIENT="client", PAYPAL_SECRET="secret", PAYPAL_WEBHOOK=WEBHOOK, PAYPAL_URL=server.address
        ):
            yield server
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: PayPal
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path.startswith("/v1/notifications/certs/"):
            self._send(200, key_and_certificate()[1], "application/x-pem-file")
        else:
            self._say(404, {"name": "RESOURCE_NOT_FOUND"})

    def do_DELETE(self) -> None:
        self.server.deleted.append(self.path.rsplit("/", 1)[1])
        self._send(204, b"", "application/json")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if self.path == "/v1/oauth2/token":
            wanted = "Basic " + base64.b64encode(b"client:secret").decode()
            is_known = self.headers["authorization"] == wanted
            self._say(200 if is_known else 401, {"access_token": "token", "expires_in": 32400} if is_known else {})
            return
        if self.server.is_out_of_order or self.headers["authorization"] != "Bearer token":
            self._say(503 if self.server.is_out_of_order else 401, {"name": "INTERNAL_SERVER_ERROR"})
            return
        key = (self.path, self.headers.get("paypal-request-id", ""))
        with self.server.lock:
            if key not in self.server.answers:
                self.server.answers[key] = self._act(json.loads(body or b"{}"))
            status, said = self.server.answers[key]
        self._say(status, said)

    def _act(self, told: dict[str, Any]) -> tuple[int, Any]:
        match self.path.split("/")[2:]:
            case ["checkout", "orders"]:
                order = f"O-{uuid4().hex[:12].upper()}"
                self.server.orders[order] = told | {"status": "PAYER_ACTION_REQUIRED"}
                if "vault_id" in told["payment_source"]["paypal"]:
                    return self._capture(order)
                href = f"https://www.paypal.com/checkoutnow?token={order}"
                return 201, {"id": order, "links": [{"rel": "payer-action", "href": href}]}
            case ["checkout", "orders", order, "capture"]:
                if self.server.orders[order]["status"] != "APPROVED":
                    return 422, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "ORDER_NOT_APPROVED"}]}
                return self._capture(order)
            case ["payments", "captures", capture, "refund"]:
                self.server.refunds.append(told | {"capture": capture})
                return 201, {"id": f"R-{uuid4().hex[:8]}", "status": "COMPLETED"}
        return 404, {"name": "RESOURCE_NOT_FOUND"}

    def _capture(self, order: str) -> tuple[int, Any]:
        if self.server.is_declining:
            return 422, {"name": "UNPROCESSABLE_ENTITY", "details": [{"issue": "INSTRUMENT_DECLINED"}]}
        asked = self.server.orders[order]
        unit, source = asked["purchase_units"][0], asked["payment_source"]["paypal"]
        capture = f"C-{uuid4().hex[:12].upper()}"
        self.server.captures[capture] = unit["custom_id"]
        paid: dict[str, Any] = {"email_address": "ada@paypal.example"}
        if "attributes" in source:
            paid["attributes"] = {"vault": {"id": "vault-1", "status": "VAULTED", "customer": {"id": "customer-1"}}}
        payments = {
            "captures": [
                {"id": capture, "status": "COMPLETED", "custom_id": unit["custom_id"], "amount": unit["amount"]}
            ]
        }
        return 201, {
            "id": order,
            "status": "COMPLETED",
            "purchase_units": [{"payments": payments}],
            "payment_source": {"paypal": paid},
        }

    def _say(self, status: int, said: Any) -> None:
        self._send(status, json.dumps(said).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass
