"""
PayPal: orders that the customer approves on its pages and that we capture then; webhooks signed with its certificate.

Source: developer.paypal.com, Orders v2, Payments v2, Webhooks; docs/decisions/0028-stripe-and-paypal.md
"""

from __future__ import annotations

import base64
import threading
import time
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.conf import settings

from plancia.kernel.money import Money
from plancia.payments.gateways.protocol import (
    Answer,
    BadCallback,
    BadSignature,
    GatewayAway,
    Means,
    Notification,
    Told,
    read_json,
)
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile

NAME = "paypal"
METHOD = Method.PAYPAL
PAGES = "https://www.paypal.com"
PATIENCE_SECONDS = 15
#: As for every gateway: against replays, and for clocks that differ.
TOLERANCE_SECONDS = 300

_CAPTURED = {"COMPLETED": Told.SUCCEEDED, "DECLINED": Told.FAILED, "DENIED": Told.FAILED, "FAILED": Told.FAILED}
_REFUNDED = {"COMPLETED": Told.SUCCEEDED, "FAILED": Told.FAILED, "CANCELLED": Told.FAILED}

# Kept while they are valid: a token for hours, a certificate for as long as the process lives.
_lock = threading.Lock()
_tokens: dict[tuple[str, str], tuple[str, float]] = {}
_certificates: dict[str, x509.Certificate] = {}


def origin() -> str:
    """Return scheme, host and port of its pages; nothing where it is switched off."""
    return PAGES if settings.PAYPAL_CLIENT else ""


def checkout_url(payment: Payment, *, return_url: str, language: str) -> str:
    """Return the address of its page for a payment. Raises: GatewayAway."""
    source: dict[str, Any] = {
        "experience_context": {"return_url": return_url, "cancel_url": return_url, "user_action": "PAY_NOW"}
    }
    if payment.is_keeping:
        source["attributes"] = {"vault": {"store_in_vault": "ON_SUCCESS", "usage_type": "MERCHANT"}}
    order = _order(payment, source, key=f"{payment.public_id}:page")
    for link in order.get("links", []):
        if link.get("rel") in ("payer-action", "approve"):
            return str(link["href"])
    raise GatewayAway(f"{payment.public_id}: no page")


def saving_url(profile: Profile, *, return_url: str, language: str) -> str:
    """Nothing is saved at PayPal but with a payment."""
    raise GatewayAway("an account is saved when something is paid with it")


def charge(payment: Payment, profile: Profile | None, *, at: datetime) -> Answer:
    """Capture what the customer approved, or collect from a saved account. Raises: GatewayAway."""
    if profile is None:
        said = _ask("POST", f"/v2/checkout/orders/{payment.page_reference}/capture", {}, key=payment.public_id)
    else:
        said = _order(payment, {"vault_id": profile.means}, key=payment.public_id)
    if "name" in said:
        return Answer(Told.FAILED, code=_issue(said))
    captures = [
        capture for unit in said.get("purchase_units", []) for capture in unit.get("payments", {}).get("captures", [])
    ]
    if not captures:
        return Answer(Told.OTHER)
    (capture,) = captures[:1]
    return Answer(
        _CAPTURED.get(capture["status"], Told.OTHER),
        str(capture["id"]),
        str(capture.get("status_details", {}).get("reason", "declined")).lower(),
        means=_means(said),
    )


def refund(payment: Payment, amount: Money, *, key: str, reference: str, at: datetime) -> Answer:
    """Send money of a payment back; `reference` is the refund's, where it was begun. Raises: GatewayAway."""
    if reference:
        said = _ask("GET", f"/v2/payments/refunds/{reference}")
    else:
        body = {"amount": _amount(amount)}
        said = _ask("POST", f"/v2/payments/captures/{payment.gateway_reference}/refund", body, key=key)
    if "name" in said:
        return Answer(Told.FAILED, code=_issue(said))
    return Answer(_REFUNDED.get(said.get("status", ""), Told.OTHER), str(said.get("id", "")))


def forget(profile: Profile, *, at: datetime) -> None:
    """Delete a saved account; one that is not there any more is forgotten already. Raises: GatewayAway."""
    _ask("DELETE", f"/v3/vault/payment-tokens/{profile.means}")


def read_callback(headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notification:
    """Return what a webhook says. Raises: BadSignature; BadCallback; GatewayAway."""
    _verify(headers, body, at=at)
    payload = read_json(body)
    try:
        return _read(str(payload["id"]), str(payload["event_type"]), payload["resource"], payload)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
        raise BadCallback from error


def _read(event: str, kind: str, told: dict[str, Any], payload: dict[str, Any]) -> Notification:
    def about(
        what: Told,
        payment: object,
        *,
        amount: Money | None = None,
        code: str = "",
        dispute: str = "",
        reference: str = "",
    ) -> Notification:
        return Notification(
            event=event,
            told=what,
            payment=str(payment),
            reference=reference or str(told.get("id", "")),
            amount=amount,
            code=code,
            payload=payload,
            dispute=dispute,
        )

    match kind:
        case "CHECKOUT.ORDER.APPROVED":
            return about(Told.APPROVED, told["purchase_units"][0]["custom_id"])
        case "PAYMENT.CAPTURE.COMPLETED":
            return about(Told.SUCCEEDED, told["custom_id"], amount=_money(told["amount"]))
        case "PAYMENT.CAPTURE.DENIED" | "PAYMENT.CAPTURE.DECLINED":
            return about(Told.FAILED, told["custom_id"], code="declined")
        case "CUSTOMER.DISPUTE.CREATED" | "CUSTOMER.DISPUTE.RESOLVED":
            disputed = told["disputed_transactions"][0]["seller_transaction_id"]
            won = told.get("dispute_outcome", {}).get("outcome_code") == "RESOLVED_SELLER_FAVOUR"
            what = Told.DISPUTED if kind.endswith("CREATED") else Told.DISPUTE_WON if won else Told.OTHER
            return about(
                what,
                "",
                amount=_money(told["dispute_amount"]),
                code=str(told.get("reason", "")).lower(),
                dispute=str(told["dispute_id"]),
                reference=str(disputed),
            )
    return about(Told.OTHER, told.get("custom_id", ""))


def _verify(headers: Mapping[str, str], body: bytes, *, at: datetime) -> None:
    """See that PayPal signed a message just now. Source: developer.paypal.com, Webhooks, "Verify signature"."""
    sent_at, message = headers.get("paypal-transmission-time", ""), headers.get("paypal-transmission-id", "")
    try:
        age = abs((at - datetime.fromisoformat(sent_at)).total_seconds())
        given = base64.b64decode(headers.get("paypal-transmission-sig", ""), validate=True)
    except (ValueError, TypeError) as error:
        raise BadSignature from error
    if age > TOLERANCE_SECONDS or not message or headers.get("paypal-auth-algo") != "SHA256withRSA":
        raise BadSignature
    signed = f"{message}|{sent_at}|{settings.PAYPAL_WEBHOOK}|{zlib.crc32(body)}".encode()
    certificate = _certificate(headers.get("paypal-cert-url", ""), at=at)
    public = certificate.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise BadSignature
    try:
        public.verify(given, signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature as error:
        raise BadSignature from error


def _certificate(url: str, *, at: datetime) -> x509.Certificate:
    """Return the certificate at an address, which must be PayPal's own: whoever signs also says where it is."""
    place, home = urlsplit(url), urlsplit(settings.PAYPAL_URL)
    if (place.scheme, place.netloc) != (home.scheme, home.netloc):
        raise BadSignature
    known = _certificates.get(url)
    if known is None:
        try:
            answer = httpx2.get(url, timeout=PATIENCE_SECONDS)
            answer.raise_for_status()
            known = x509.load_pem_x509_certificate(answer.content)
        except (httpx2.HTTPError, ValueError) as error:
            raise GatewayAway(f"certificate: {error}") from error
        _certificates[url] = known
    if not known.not_valid_before_utc <= at <= known.not_valid_after_utc:
        raise BadSignature
    return known


def _order(payment: Payment, source: dict[str, Any], *, key: str) -> dict[str, Any]:
    return _ask(
        "POST",
        "/v2/checkout/orders",
        {
            "intent": "CAPTURE",
            "purchase_units": [
                {
                    "reference_id": "1",
                    "custom_id": payment.public_id,
                    "description": payment.purpose[:127],
                    "amount": _amount(payment.amount),
                }
            ],
            "payment_source": {"paypal": source},
        },
        key=key,
    )


def _ask(method: str, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> dict[str, Any]:
    """Ask PayPal; a refusal of its own comes back as what it says. Raises: GatewayAway."""
    headers = {"authorization": f"Bearer {_token()}"} | ({"paypal-request-id": key} if key else {})
    try:
        answer = httpx2.request(
            method, f"{settings.PAYPAL_URL}{path}", json=body, headers=headers, timeout=PATIENCE_SECONDS
        )
        if answer.status_code >= 500 or answer.status_code in (401, 408, 409, 429):
            raise GatewayAway(f"{path}: {answer.status_code}")
        said: dict[str, Any] = answer.json() if answer.content else {}
    except (httpx2.HTTPError, ValueError) as error:
        raise GatewayAway(f"{path}: {error}") from error
    return said


def _token() -> str:
    place = (settings.PAYPAL_URL, settings.PAYPAL_CLIENT)
    with _lock:
        token, until = _tokens.get(place, ("", 0.0))
        if time.monotonic() < until:
            return token
    try:
        answer = httpx2.post(
            f"{settings.PAYPAL_URL}/v1/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(settings.PAYPAL_CLIENT, settings.PAYPAL_SECRET),
            timeout=PATIENCE_SECONDS,
        )
        answer.raise_for_status()
        said = answer.json()
    except (httpx2.HTTPError, ValueError) as error:
        raise GatewayAway(f"token: {error}") from error
    with _lock:
        # A minute less, so that none ends on its way.
        _tokens[place] = (said["access_token"], time.monotonic() + float(said["expires_in"]) - 60)
    return str(said["access_token"])


def _means(said: Mapping[str, Any]) -> Means | None:
    paypal = said.get("payment_source", {}).get("paypal", {})
    vault = paypal.get("attributes", {}).get("vault", {})
    if not vault.get("id"):
        return None
    return Means(
        reference=str(vault["id"]),
        label=str(paypal.get("email_address", "PayPal"))[:100],
        customer=str(vault.get("customer", {}).get("id", "")),
    )


def _issue(said: Mapping[str, Any]) -> str:
    details = said.get("details") or [{}]
    return str(details[0].get("issue") or said.get("name") or "declined").lower()[:100]


def _amount(amount: Money) -> dict[str, str]:
    return {"currency_code": amount.currency, "value": str(amount.decimal)}


def _money(told: Mapping[str, Any]) -> Money:
    return Money.of(str(told["value"]), str(told["currency_code"]))
