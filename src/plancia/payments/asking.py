"""
Asking: charging saved profiles at their gateways, after the wish to do so has committed.

Who asks takes a lease on the payment; whoever is killed in between leaves it to the next, and the gateway, which knows
the payment by its id, collects nothing twice. Source: docs/decisions/0025-payment-profiles.md
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from plancia.kernel import transaction
from plancia.kernel.refusals import Refusal
from plancia.payments import charging, gateways, profiles
from plancia.payments.gateways.protocol import Answer, GatewayAway, Means, Told
from plancia.payments.methods import Method
from plancia.payments.models import Payment, Profile
from plancia.payments.states import PaymentState, ProfileState

logger = logging.getLogger(__name__)

#: How long one asking may take before another worker may ask again.
LEASE = timedelta(minutes=2)
#: How soon a gateway that has not decided is asked again, where no callback came before.
PATIENCE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Claim:
    payment: Payment
    profile: Profile | None


def ask_due(*, at: datetime, limit: int = 100) -> int:
    """Ask the gateways for what is to be collected without the customer; return how many payments were asked about."""
    with transaction.as_staff():
        if transaction.connection().in_atomic_block:
            raise RuntimeError("gateways are on the network, so they are not called inside a transaction")
        for count in range(limit):
            claimed = _claim(at=at)
            if claimed is None:
                return count
            try:
                answer = gateways.gateway(claimed.payment.gateway).charge(claimed.payment, claimed.profile, at=at)
            except (GatewayAway, Refusal) as trouble:
                # The lease is the wait: it is asked again when that has run out.
                logger.warning("%s was not asked for %s: %s", claimed.payment.gateway, claimed.payment, trouble)
                continue
            _record(claimed, answer, at=at)
    return limit


def forget_due(*, at: datetime) -> int:
    """Tell the gateways to forget profiles that were given up; return how many they forgot."""
    with transaction.as_staff():
        given_up = Profile.objects.filter(state=ProfileState.REMOVED, forgotten_at=None, means__gt="")
        forgotten = 0
        for profile in given_up.order_by("pk")[:100]:
            try:
                gateways.gateway(profile.gateway).forget(profile, at=at)
            except (GatewayAway, Refusal) as trouble:
                logger.warning("%s did not forget %s: %s", profile.gateway, profile, trouble)
                continue
            Profile.objects.filter(pk=profile.pk).update(forgotten_at=at)
            forgotten += 1
    return forgotten


@transaction.atomic
def _claim(*, at: datetime) -> _Claim | None:
    payment: Payment | None = (
        Payment.objects.filter(ask_at__lte=at, state=PaymentState.PENDING)
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .order_by("ask_at", "pk")
        .first()
    )
    if payment is None:
        return None
    payment.ask_at = at + LEASE
    payment.save(update_fields=["ask_at"])
    return _Claim(payment, Profile.objects.filter(payments=payment).first())


def _keep(payment: Payment, means: Means, *, at: datetime) -> None:
    profiles.keep(
        organization_id=payment.organization_id,
        gateway=payment.gateway,
        method=Method(payment.method),
        means=means,
        at=at,
    )


@transaction.atomic
def _record(claimed: _Claim, answer: Answer, *, at: datetime) -> None:
    payment: Payment = Payment.objects.locked().get(pk=claimed.payment.pk)
    match answer.told:
        case Told.SUCCEEDED:
            try:
                charging.succeed(payment_id=payment.pk, gateway_reference=answer.reference, at=at)
            except Refusal as refusal:
                logger.error("%s collected %s under %s: %s", payment.gateway, payment, answer.reference, refusal.code)
                return
            if payment.is_keeping and answer.means:
                _keep(payment, answer.means, at=at)
        case Told.FAILED | Told.CANCELLED if payment.state == PaymentState.PENDING:
            charging.fail(payment_id=payment.pk, code=answer.code, at=at)
        case Told.OTHER if payment.state == PaymentState.PENDING:
            payment.ask_at = at + PATIENCE
            payment.save(update_fields=["ask_at"])
