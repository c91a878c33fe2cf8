"""
Signing: HMAC-SHA256 over id, time and body, so that a callback is from whom it says, whole, and of now.

Source: Standard Webhooks 1.0, https://www.standardwebhooks.com
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from plancia.payments.gateways.protocol import BadSignature

#: Standard Webhooks 1.0, "Verifying signatures": the usual tolerance, against replays and clocks that differ.
TOLERANCE_SECONDS = 300
#: An id is what a telling is found again by; no index holds a longer one.
_LONGEST_ID = 255


def sign(secret: str, content: str) -> str:
    """Return the signature of a text, in base64."""
    digest = hmac.new(secret.encode(), content.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def headers(secret: str, message: str, body: str, *, at: datetime) -> dict[str, str]:
    """Return the headers that sign a message of ours under an id."""
    sent_at = str(int(at.timestamp()))
    return {
        "content-type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": sent_at,
        "webhook-signature": f"v1,{sign(secret, f'{message}.{sent_at}.{body}')}",
    }


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, at: datetime) -> str:
    """
    Return the id of a message that is signed with the secret.

    Raises: BadSignature, also when the message is older or newer than the tolerance.
    """
    message, sent_at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not 0 < len(message) <= _LONGEST_ID or not (sent_at.isascii() and sent_at.isdigit()) or len(sent_at) > 12:
        raise BadSignature
    try:
        content = f"{message}.{sent_at}.{body.decode()}"
    except UnicodeDecodeError as error:
        raise BadSignature from error
    wanted = f"v1,{sign(secret, content)}".encode()
    given = headers.get("webhook-signature", "").split()
    # Bytes, because compare_digest refuses text that is not ASCII.
    if not any(hmac.compare_digest(wanted, signature.encode()) for signature in given):
        raise BadSignature
    if abs(at.timestamp() - int(sent_at)) > TOLERANCE_SECONDS:
        raise BadSignature
    return message
