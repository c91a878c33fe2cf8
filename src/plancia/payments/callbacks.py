"""
Callbacks: what gateways tell us, kept as it came, and acted upon once.

Money is booked only where payment, amount and currency are those we asked for. Anything else is kept with an outcome
that staff see, and is answered as received: the gateway would only say it again. Source: docs/decisions/0006.
"""

from __future__ import annotations

import logging
from datetime import datetime

from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.refusals import Refusal
from plancia.payments import charging, disputes, profiles
from plancia.payments.disputes import NoSuchDispute
from plancia.payments.gateways.protocol import Notification, Told
from plancia.payments.methods import Method
from plancia.payments.models import Callback, Payment, Profile
from plancia.payments.states import CallbackOutcome, PaymentState, ProfileState

logger = logging.getLogger(__name__)


def receive(gateway: str, notification: Notification, *, at: datetime) -> CallbackOutcome:
    """Keep a callback and do what it says, once. Returns what became of it."""
    with transaction.as_staff(), transaction.atomic():
        callback = Callback(gateway=gateway, event=notification.event, payload=notification.payload, received_at=at)
        # Two at once: the second waits here until the first has committed.
        Callback.objects.bulk_create([callback], ignore_conflicts=True)
        if not Callback.objects.filter(pk=callback.pk).exists():
            return CallbackOutcome.REPEATED
        outcome = _act(gateway, notification, at=at)
        callback.outcome = outcome
        callback.save(update_fields=["outcome"])
    if outcome.needs_attention:
        logger.error("callback %s of %s for %s: %s", callback.public_id, gateway, notification.payment, outcome)
    return outcome


def _act(gateway: str, notification: Notification, *, at: datetime) -> CallbackOutcome:
    if notification.dispute:
        return _dispute(gateway, notification, at=at)
    if notification.profile:
        return _save_profile(gateway, notification, at=at)
    payment: Payment | None = Payment.objects.by_public_id(notification.payment).locked().first()
    if payment is None or payment.gateway != gateway:
        return CallbackOutcome.UNKNOWN
    match notification.told:
        case Told.SUCCEEDED:
            return _succeed(gateway, payment, notification, at=at)
        case Told.FAILED | Told.CANCELLED if payment.state != PaymentState.PENDING:
            return CallbackOutcome.LATE
        case Told.FAILED:
            charging.fail(payment_id=payment.pk, code=notification.code, at=at)
            return CallbackOutcome.FAILED
        case Told.CANCELLED:
            charging.cancel(payment_id=payment.pk, actor=Actor(ActorKind.GATEWAY, gateway), at=at)
            return CallbackOutcome.CANCELLED
        case Told.APPROVED:
            if payment.state != PaymentState.PENDING or payment.page_reference:
                return CallbackOutcome.LATE
            payment.approve(page_reference=notification.reference, at=at)
            return CallbackOutcome.APPROVED
    return CallbackOutcome.IGNORED


def _succeed(gateway: str, payment: Payment, notification: Notification, *, at: datetime) -> CallbackOutcome:
    if notification.amount != payment.amount:
        return CallbackOutcome.DIFFERENT_AMOUNT
    if payment.state == PaymentState.SUCCEEDED and payment.gateway_reference == notification.reference:
        return CallbackOutcome.REPEATED
    try:
        charging.succeed(payment_id=payment.pk, gateway_reference=notification.reference, at=at)
    except Refusal:
        # Collected twice for one payment, or one collection told for two: for staff to pay back.
        return CallbackOutcome.COLLECTED_TWICE
    if payment.is_keeping and notification.means:
        profiles.keep(
            organization_id=payment.organization_id,
            gateway=gateway,
            method=Method(payment.method),
            means=notification.means,
            at=at,
        )
    return CallbackOutcome.BOOKED


def _dispute(gateway: str, notification: Notification, *, at: datetime) -> CallbackOutcome:
    try:
        if notification.told is Told.DISPUTED and notification.amount:
            disputes.open_(
                gateway=gateway,
                payment_reference=notification.reference,
                reference=notification.dispute,
                amount=notification.amount,
                reason=notification.code,
                at=at,
            )
            return CallbackOutcome.DISPUTED
        if notification.told is Told.DISPUTE_WON:
            disputes.win(gateway=gateway, reference=notification.dispute, at=at)
            return CallbackOutcome.DISPUTE_WON
    except NoSuchDispute:
        return CallbackOutcome.UNKNOWN
    return CallbackOutcome.IGNORED


def _save_profile(gateway: str, notification: Notification, *, at: datetime) -> CallbackOutcome:
    profile: Profile | None = Profile.objects.by_public_id(notification.profile).locked().first()
    if profile is None or profile.gateway != gateway:
        return CallbackOutcome.UNKNOWN_PROFILE
    if notification.told is Told.SUCCEEDED and notification.means and profile.state != ProfileState.REMOVED:
        profiles.save(profile_id=profile.pk, means=notification.means, at=at)
        return CallbackOutcome.SAVED
    if notification.told in (Told.FAILED, Told.CANCELLED) and profile.state == ProfileState.PENDING:
        profile.remove(at=at)
        return CallbackOutcome.CANCELLED
    return CallbackOutcome.LATE
