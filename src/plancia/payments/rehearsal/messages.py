"""Messages: signed, and repeated until somebody takes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

logger = logging.getLogger("rehearsal gateway")

#: Between attempts; the last one repeats. Real gateways go on for days, and so does this one while it runs.
WAITS_SECONDS = (1, 2, 4, 8, 15, 30, 60)
PATIENCE_SECONDS = 10


def signature(secret: str, content: str) -> str:
    """Return HMAC-SHA256 of a text, in base64. Source: Standard Webhooks 1.0."""
    return base64.b64encode(hmac.new(secret.encode(), content.encode(), hashlib.sha256).digest()).decode()


def open_order(secret: str, packed: str, given: str) -> dict[str, Any] | None:
    """Return the order that a merchant signed; None where it did not."""
    wanted = signature(secret, f"checkout.{packed}")
    if not hmac.compare_digest(wanted.encode(), given.encode()):
        return None
    order: dict[str, Any] = json.loads(base64.urlsafe_b64decode(packed))
    return order


def is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Say whether the merchant signed a message. Source: Standard Webhooks 1.0."""
    message, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    wanted = f"v1,{signature(secret, f'{message}.{sent_at}.{body.decode()}')}"
    return hmac.compare_digest(wanted.encode(), headers.get("webhook-signature", "").encode())


def new_reference() -> str:
    """Return a name for a collection of ours."""
    return f"reh_{secrets.token_hex(8)}"


@dataclass(frozen=True, slots=True)
class Message:
    """What the merchant is told: it keeps its `event` however often it is sent."""

    url: str
    body: bytes
    event: str = field(default_factory=lambda: f"msg_{secrets.token_hex(12)}")

    @classmethod
    def about(cls, order: dict[str, Any], kind: str, *, reference: str, code: str = "", means: Any = None) -> Message:
        """Return a message of a kind ("payment.succeeded") about an order, with the means that were saved, if any."""
        told = {"reference": reference, "code": code, "means": means}
        told |= {name: order[name] for name in ("payment", "profile", "amount_minor", "currency") if name in order}
        return cls(order["callback_url"], json.dumps({"type": kind, "data": told}).encode())

    def send(self, secret: str) -> int:
        """Send it once; return the status of the answer, 0 where there was none."""
        place, sent_at = urlsplit(self.url), str(int(time.time()))
        connect = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = connect(place.hostname or "", place.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request(
                "POST",
                place.path,
                self.body,
                {
                    "content-type": "application/json",
                    "webhook-id": self.event,
                    "webhook-timestamp": sent_at,
                    "webhook-signature": f"v1,{signature(secret, f'{self.event}.{sent_at}.{self.body.decode()}')}",
                },
            )
            return connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            logger.info("%s: nobody at %s (%s)", self.event, self.url, error)
            return 0
        finally:
            connection.close()


class Messenger:
    """Sends messages from threads of its own until they are taken, or until it is stopped."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._is_stopped = threading.Event()

    def send(self, message: Message, *, after_seconds: float = 0) -> threading.Thread:
        """Begin to send a message; the thread ends when it was taken."""
        thread = threading.Thread(target=self._send, args=[message, after_seconds], daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Send nothing more."""
        self._is_stopped.set()

    def _send(self, message: Message, after_seconds: float) -> None:
        attempt = 0
        while not self._is_stopped.wait(after_seconds):
            status = message.send(self.secret)
            logger.info("%s sent to %s: %s", message.event, message.url, status)
            if 200 <= status < 300:
                return
            after_seconds = WAITS_SECONDS[min(attempt, len(WAITS_SECONDS) - 1)]
            attempt += 1
