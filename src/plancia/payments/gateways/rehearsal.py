"""
Our side of the rehearsal gateway, a separate process with pages of its own and no money.

Source: docs/decisions/0006-gateways-and-the-rehearsal-gateway.md
"""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings

from plancia.kernel.money import Money
from plancia.payments.gateways import signing
from plancia.payments.gateways.protocol import BadCallback, Notification, Told, read_json
from plancia.payments.models import Payment

NAME = "rehearsal"

_TOLD = {
    "payment.succeeded": Told.SUCCEEDED,
    "payment.failed": Told.FAILED,
    "payment.cancelled": Told.CANCELLED,
}


def origin() -> str:
    """Return scheme, host and port of its pages; nothing where it is switched off."""
    parts = urlsplit(settings.REHEARSAL_GATEWAY_URL)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def checkout_url(payment: Payment, *, return_url: str, language: str) -> str:
    """Return the address of its page for a payment: what is to be paid, signed, and no call to anybody."""
    order = {
        "payment": payment.public_id,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "purpose": payment.purpose,
        "merchant": _merchant(),
        "language": language,
        "return_url": return_url,
        "callback_url": f"{settings.BASE_URL}/api/callbacks/{NAME}/",
    }
    packed = base64.urlsafe_b64encode(json.dumps(order, separators=(",", ":")).encode()).decode()
    signature = signing.sign(settings.REHEARSAL_GATEWAY_SECRET, f"checkout.{packed}")
    query = urlencode({"order": packed, "signature": signature})
    return f"{settings.REHEARSAL_GATEWAY_URL}/pay?{query}"


def read_callback(headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notification:
    """Return what a callback says. Raises: BadSignature; BadCallback."""
    event = signing.verify(settings.REHEARSAL_GATEWAY_SECRET, headers, body, at=at)
    payload = read_json(body)
    try:
        told = payload["data"]
        return Notification(
            event=event,
            told=_TOLD.get(payload["type"], Told.OTHER),
            payment=_text(told["payment"]),
            reference=_text(told["reference"]),
            amount=Money(told["amount_minor"], told["currency"]),
            code=_text(told.get("code", "")),
            payload=payload,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCallback from error


@cache
def _merchant() -> str:
    return str(tomllib.loads(Path(settings.PROVIDER).read_text())["name"])


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200 or "\0" in value:
        raise TypeError(f"not a short text: {value!r}")
    return value
