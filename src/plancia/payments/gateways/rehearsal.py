"""
Our side of the rehearsal gateway, a separate process with pages of its own and no money.

Source: docs/decisions/0006-gateways-and-the-rehearsal-gateway.md
"""

from __future__ import annotations

import base64
import json
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from django.conf import settings

from plancia.kernel.money import Money
from plancia.payments.gateways import signing
from plancia.payments.gateways.protocol import Answer, BadCallback, GatewayAway, Means, Notification, Told, read_json
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile

NAME = "rehearsal"
METHOD = Method.CARD
PATIENCE_SECONDS = 10

_TOLD = {
    "payment.succeeded": Told.SUCCEEDED,
    "payment.failed": Told.FAILED,
    "payment.cancelled": Told.CANCELLED,
    "profile.saved": Told.SUCCEEDED,
    "profile.failed": Told.FAILED,
    "profile.cancelled": Told.CANCELLED,
}
_ANSWERS = {"succeeded": Told.SUCCEEDED, "failed": Told.FAILED, "pending": Told.OTHER}


def origin() -> str:
    """Return scheme, host and port of its pages; nothing where it is switched off."""
    parts = urlsplit(settings.REHEARSAL_GATEWAY_URL)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def checkout_url(payment: Payment, *, return_url: str, language: str) -> str:
    """Return the address of its page for a payment: what is to be paid, signed, and no call to anybody."""
    return _page(
        {
            "payment": payment.public_id,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "purpose": payment.purpose,
            "is_keeping": payment.is_keeping,
        },
        return_url,
        language,
    )


def saving_url(profile: Profile, *, return_url: str, language: str) -> str:
    """Return the address of its page for saving a card. As `checkout_url`."""
    return _page({"profile": profile.public_id}, return_url, language)


def charge(payment: Payment, profile: Profile | None, *, at: datetime) -> Answer:
    """Collect a payment from a saved card. Raises: GatewayAway."""
    if profile is None:
        raise ValueError(f"{payment} is paid on a page")
    said = _ask(
        "charge",
        {
            "payment": payment.public_id,
            "amount_minor": payment.amount_minor,
            "currency": payment.currency,
            "means": profile.means,
            "callback_url": _callback_url(),
        },
        message=payment.public_id,
        at=at,
    )
    return Answer(_ANSWERS[said["state"]], said.get("reference", ""), said.get("code", ""))


def refund(payment: Payment, amount: Money, *, key: str, reference: str, at: datetime) -> Answer:
    """Send money of a payment back. Raises: GatewayAway."""
    question = {
        "refund": key,
        "reference": payment.gateway_reference,
        "amount_minor": amount.minor,
        "currency": amount.currency,
    }
    said = _ask("refund", question, message=key, at=at)
    return Answer(_ANSWERS[said["state"]], said.get("reference", ""), said.get("code", ""))


def forget(profile: Profile, *, at: datetime) -> None:
    """Nothing is kept there: the name of a card says all that the gateway knows of it."""


def read_callback(headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notification:
    """Return what a callback says. Raises: BadSignature; BadCallback."""
    event = signing.verify(settings.REHEARSAL_GATEWAY_SECRET, headers, body, at=at)
    payload = read_json(body)
    try:
        told = payload["data"]
        is_about_profile = str(payload["type"]).startswith("profile.")
        return Notification(
            event=event,
            told=_TOLD.get(payload["type"], Told.OTHER),
            payment="" if is_about_profile else _text(told["payment"]),
            reference=_text(told["reference"]),
            amount=None if is_about_profile else Money(told["amount_minor"], told["currency"]),
            code=_text(told.get("code", "")),
            payload=payload,
            profile=_text(told["profile"]) if is_about_profile else "",
            means=_means(told["means"]) if told.get("means") else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadCallback from error


def _page(order: dict[str, Any], return_url: str, language: str) -> str:
    order |= {
        "merchant": _merchant(),
        "language": language,
        "return_url": return_url,
        "callback_url": _callback_url(),
    }
    packed = base64.urlsafe_b64encode(json.dumps(order, separators=(",", ":")).encode()).decode()
    signature = signing.sign(settings.REHEARSAL_GATEWAY_SECRET, f"checkout.{packed}")
    query = urlencode({"order": packed, "signature": signature})
    return f"{settings.REHEARSAL_GATEWAY_URL}/pay?{query}"


def _ask(verb: str, question: dict[str, Any], *, message: str, at: datetime) -> dict[str, Any]:
    body = json.dumps(question)
    headers = signing.headers(settings.REHEARSAL_GATEWAY_SECRET, message, body, at=at)
    try:
        response = httpx2.post(
            f"{settings.REHEARSAL_GATEWAY_URL}/{verb}", content=body, headers=headers, timeout=PATIENCE_SECONDS
        )
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise GatewayAway(f"{verb}: {error}") from error
    return answer


def _callback_url() -> str:
    return f"{settings.BASE_URL}/api/callbacks/{NAME}/"


def _means(told: Any) -> Means:
    expires_on = told.get("expires_on")
    return Means(
        reference=_text(told["reference"]),
        label=_text(told["label"]),
        last_digits=_text(told["last_digits"]),
        expires_on=date.fromisoformat(_text(expires_on)) if expires_on else None,
    )


@cache
def _merchant() -> str:
    return str(tomllib.loads(Path(settings.PROVIDER).read_text())["name"])


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 200 or "\0" in value:
        raise TypeError(f"not a short text: {value!r}")
    return value
