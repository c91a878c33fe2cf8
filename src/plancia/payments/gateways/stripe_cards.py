"""
Cards by Stripe: its pages for paying and saving (Checkout), its API for saved cards, its signed webhooks.

Every question carries an idempotency key of ours, so that asking again is asking once. Source: docs.stripe.com/api;
docs/decisions/0028-stripe-and-paypal.md
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import stripe
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

NAME = "stripe"
METHOD = Method.CARD
PAGES = "https://checkout.stripe.com"
#: Against replays, as Stripe's own libraries have it.
TOLERANCE_SECONDS = 300

_DISPUTED = "charge.dispute.funds_withdrawn"


def origin() -> str:
    """Return scheme, host and port of its pages; nothing where it is switched off."""
    return PAGES if settings.STRIPE_KEY else ""


def checkout_url(payment: Payment, *, return_url: str, language: str) -> str:
    """Return the address of its page for a payment. Raises: GatewayAway."""
    named = {"payment": payment.public_id, "purpose": payment.purpose}
    return _session(
        {
            "mode": "payment",
            "line_items": [
                {
                    "price_data": {
                        "currency": payment.currency.lower(),
                        "unit_amount": payment.amount_minor,
                        "product_data": {"name": payment.purpose},
                    },
                    "quantity": 1,
                }
            ],
            "client_reference_id": payment.public_id,
            "metadata": named,
            "payment_intent_data": {
                "metadata": named,
                **({"setup_future_usage": "off_session"} if payment.is_keeping else {}),
            },
            **({"customer_creation": "always"} if payment.is_keeping else {}),
        },
        return_url,
        key=f"{payment.public_id}:page",
    )


def saving_url(profile: Profile, *, return_url: str, language: str) -> str:
    """Return the address of its page for saving a card. Raises: GatewayAway."""
    return _session(
        {
            "mode": "setup",
            "payment_method_types": ["card"],
            "customer_creation": "always",
            "metadata": {"profile": profile.public_id},
            "setup_intent_data": {"metadata": {"profile": profile.public_id}},
        },
        return_url,
        key=f"{profile.public_id}:page",
    )


def charge(payment: Payment, profile: Profile | None, *, at: datetime) -> Answer:
    """Collect a payment from a saved card, without its holder. Raises: GatewayAway."""
    if profile is None:
        raise ValueError(f"{payment} is paid on a page")
    try:
        intent = _client().v1.payment_intents.create(
            {
                "amount": payment.amount_minor,
                "currency": payment.currency.lower(),
                "customer": profile.customer,
                "payment_method": profile.means,
                "off_session": True,
                "confirm": True,
                "metadata": {"payment": payment.public_id, "purpose": payment.purpose},
            },
            {"idempotency_key": payment.public_id},
        )
    except stripe.CardError as declined:
        return Answer(Told.FAILED, code=_code(declined.json_body, declined.code))
    except stripe.InvalidRequestError as refused:
        # The card is not there any more, or cannot be charged so: asking again would say the same.
        return Answer(Told.FAILED, code=refused.code or "invalid_request")
    except stripe.StripeError as error:
        raise GatewayAway(str(error)) from error
    if intent.status == "succeeded":
        return Answer(Told.SUCCEEDED, intent.id)
    if intent.status == "processing":
        return Answer(Told.OTHER, intent.id)
    return Answer(Told.FAILED, intent.id, "authentication_required")


def refund(payment: Payment, amount: Money, *, key: str, reference: str, at: datetime) -> Answer:
    """Send money of a payment back; `reference` is the refund's, where it was begun. Raises: GatewayAway."""
    try:
        if reference:
            sent = _client().v1.refunds.retrieve(reference)
        else:
            sent = _client().v1.refunds.create(
                {"payment_intent": payment.gateway_reference or "", "amount": amount.minor},
                {"idempotency_key": key},
            )
    except stripe.InvalidRequestError as refused:
        return Answer(Told.FAILED, code=refused.code or "invalid_request")
    except stripe.StripeError as error:
        raise GatewayAway(str(error)) from error
    told = {"succeeded": Told.SUCCEEDED, "failed": Told.FAILED, "canceled": Told.FAILED}
    said = sent.to_dict()
    return Answer(told.get(said.get("status", ""), Told.OTHER), sent.id, said.get("failure_reason") or "")


def forget(profile: Profile, *, at: datetime) -> None:
    """Detach a saved card; one that is not there any more is forgotten already. Raises: GatewayAway."""
    try:
        _client().v1.payment_methods.detach(profile.means)
    except stripe.InvalidRequestError:
        return
    except stripe.StripeError as error:
        raise GatewayAway(str(error)) from error


def read_callback(headers: Mapping[str, str], body: bytes, *, at: datetime) -> Notification:
    """Return what a webhook says. Raises: BadSignature; BadCallback; GatewayAway."""
    try:
        stripe.WebhookSignature.verify_header(
            body.decode(), headers.get("stripe-signature", ""), settings.STRIPE_WEBHOOK_SECRET, TOLERANCE_SECONDS
        )
    except (stripe.SignatureVerificationError, UnicodeDecodeError) as error:
        raise BadSignature from error
    payload = read_json(body)
    try:
        return _read(str(payload["id"]), str(payload["type"]), payload["data"]["object"], payload)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadCallback from error


def _read(event: str, kind: str, told: dict[str, Any], payload: dict[str, Any]) -> Notification:
    metadata = told.get("metadata") or {}
    payment, profile = str(metadata.get("payment", "")), str(metadata.get("profile", ""))
    match kind:
        case "charge.succeeded":
            return Notification(
                event=event,
                told=Told.SUCCEEDED,
                payment=payment,
                reference=str(told["payment_intent"]),
                amount=_money(told),
                code="",
                payload=payload,
                means=_means(told["payment_method"], told.get("customer"), told["payment_method_details"]["card"])
                if told.get("customer")
                else None,
            )
        case "payment_intent.payment_failed":
            code = _code({"error": told.get("last_payment_error") or {}}, "declined")
            return _about(event, Told.FAILED, payment, str(told["id"]), payload, code=code)
        case "checkout.session.expired":
            said = _about(event, Told.CANCELLED, payment, str(told["id"]), payload, code="given_up")
            return said if not profile else _about_profile(event, Told.CANCELLED, profile, str(told["id"]), payload)
        case "setup_intent.succeeded":
            means = _describe(str(told["payment_method"]), str(told.get("customer") or ""))
            return _about_profile(event, Told.SUCCEEDED, profile, str(told["id"]), payload, means)
        case "charge.dispute.funds_withdrawn" | "charge.dispute.funds_reinstated":
            return Notification(
                event=event,
                told=Told.DISPUTED if kind == _DISPUTED else Told.DISPUTE_WON,
                payment="",
                reference=str(told["payment_intent"]),
                amount=_money(told),
                code=str(told.get("reason", "")),
                payload=payload,
                dispute=str(told["id"]),
            )
    return _about(event, Told.OTHER, payment, str(told.get("id", "")), payload)


def _about(
    event: str, told: Told, payment: str, reference: str, payload: dict[str, Any], *, code: str = ""
) -> Notification:
    return Notification(
        event=event, told=told, payment=payment, reference=reference, amount=None, code=code, payload=payload
    )


def _about_profile(
    event: str, told: Told, profile: str, reference: str, payload: dict[str, Any], means: Means | None = None
) -> Notification:
    return Notification(
        event=event,
        told=told,
        payment="",
        reference=reference,
        amount=None,
        code="",
        payload=payload,
        profile=profile,
        means=means,
    )


def _session(params: dict[str, Any], return_url: str, *, key: str) -> str:
    # The page finds the language of the browser itself: one key must always come with the same words.
    ways = {"success_url": return_url, "cancel_url": return_url}
    try:
        session = _client().v1.checkout.sessions.create(params | ways, {"idempotency_key": key})  # type: ignore[arg-type]  # written by hand
    except stripe.StripeError as error:
        raise GatewayAway(str(error)) from error
    if not session.url:
        raise GatewayAway(f"{key}: no page")
    return session.url


def _describe(means: str, customer: str) -> Means:
    try:
        method = _client().v1.payment_methods.retrieve(means)
    except stripe.StripeError as error:
        raise GatewayAway(str(error)) from error
    return _means(means, customer, method.to_dict().get("card") or {})


def _means(reference: object, customer: object, card: Mapping[str, Any]) -> Means:
    year, month = card.get("exp_year"), card.get("exp_month")
    return Means(
        reference=str(reference),
        label=str(card.get("brand") or "").title()[:40],
        last_digits=str(card.get("last4") or "")[:4],
        expires_on=date(year, month, calendar.monthrange(year, month)[1]) if year and month else None,
        customer=str(customer or ""),
    )


def _money(told: Mapping[str, Any]) -> Money:
    return Money(told["amount"], str(told["currency"]).upper())


def _code(body: Any, otherwise: str | None) -> str:
    error = body.get("error", {}) if isinstance(body, Mapping) else {}
    code = error.get("decline_code") or error.get("code") or otherwise or "declined"
    # Stripe says "authentication_required" as the code, and "generic_decline" as its reason.
    return "authentication_required" if error.get("code") == "authentication_required" else str(code)[:100]


def _client() -> stripe.StripeClient:
    return stripe.StripeClient(settings.STRIPE_KEY, base_addresses={"api": settings.STRIPE_URL}, max_network_retries=1)
