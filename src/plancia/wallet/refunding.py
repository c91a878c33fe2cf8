"""
Refunding: money that a customer paid by card or PayPal goes back to where it came from, with a reason.

What is sent back comes off the prepaid account: a credit note, or an overpayment, put it there. It is set apart when
staff ask for it, and the gateway is asked after that has committed.

Source: docs/decisions/0029-refunds-and-chargebacks.md
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.payments import chart as payments_chart
from plancia.payments import gateways
from plancia.payments.gateways.protocol import Answer, GatewayAway, Told
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState
from plancia.wallet import chart
from plancia.wallet.events import RefundEnded
from plancia.wallet.models import Refund
from plancia.wallet.states import RefundState

logger = logging.getLogger(__name__)

#: How long one asking may take before another worker may ask again; the gateway knows the refund by its id.
LEASE = timedelta(minutes=2)


class NotRefundable(Refusal):
    """No gateway collected the payment, or it did not succeed."""

    code = "not_refundable"
    sentence = _("Only a payment that came by card or PayPal goes back by itself. Pay others back by a payout.")


class RefundTooLarge(Refusal):
    """More than what the payment brought, with what went back of it before."""

    code = "refund_too_large"
    sentence = _("Of this payment, at most %(left)s can still go back.")
    field = "amount"


class RefundReasonMissing(Refusal):
    """Whoever gives money back says why."""

    code = "refund_reason_missing"
    sentence = _("Enter why the money goes back.")
    field = "reason"


@transaction.atomic
def ask(*, payment_id: UUID, amount: Money, reason: str, key: UUID, actor: Actor, at: datetime) -> Refund:
    """
    Set prepaid money apart, to go back to the card or account that a payment came from. The same key is one refund.

    Raises: NotRefundable; RefundReasonMissing; RefundTooLarge; InsufficientFunds.
    """
    organization_id = Payment.objects.values_list("organization_id", flat=True).get(pk=payment_id)
    Organization.objects.locked().get(pk=organization_id)
    payment: Payment = Payment.objects.locked().get(pk=payment_id)
    known: Refund | None = Refund.objects.filter(organization_id=organization_id, key=key).first()
    if known is not None:
        return known
    if payment.state != PaymentState.SUCCEEDED or payment.gateway not in gateways.known():
        raise NotRefundable
    if not reason.strip():
        raise RefundReasonMissing
    left = refundable(payment)
    if not amount.is_positive or amount > left:
        raise RefundTooLarge(left=left)
    refund: Refund = Refund.objects.create(
        organization_id=organization_id,
        payment=payment,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason.strip()[:300],
        key=key,
        asked_by=actor.label,
        asked_at=at,
        ask_at=at,
    )
    _post(refund, "reserved", [Leg(_prepaid(refund), amount), Leg(_refunding(refund), -amount)], at=at)
    _record(refund, "refund.asked", actor, at=at, amount=amount, reason=refund.reason)
    return refund


def refundable(payment: Payment) -> Money:
    """Return how much of a payment can still go back."""
    gone = Refund.objects.filter(payment=payment).exclude(state=RefundState.FAILED).aggregate(sum=Sum("amount_minor"))
    return payment.amount - Money(int(gone["sum"] or 0), payment.currency)


def ask_due(*, at: datetime, limit: int = 100) -> int:
    """Ask the gateways for what is to go back; return how many refunds were asked about."""
    with transaction.as_staff():
        if transaction.connection().in_atomic_block:
            raise RuntimeError("gateways are on the network, so they are not called inside a transaction")
        for count in range(limit):
            refund = _claim(at=at)
            if refund is None:
                return count
            try:
                answer = gateways.gateway(refund.payment.gateway).refund(
                    refund.payment, refund.amount, key=refund.public_id, reference=refund.gateway_reference, at=at
                )
            except (GatewayAway, Refusal) as trouble:
                logger.warning("%s was not asked to refund %s: %s", refund.payment.gateway, refund, trouble)
                continue
            _settle(refund.pk, answer, at=at)
    return limit


@transaction.atomic
def _claim(*, at: datetime) -> Refund | None:
    refund: Refund | None = (
        Refund.objects.filter(ask_at__lte=at)
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("payment")
        .order_by("ask_at", "pk")
        .first()
    )
    if refund is not None:
        refund.ask_at = at + LEASE
        refund.save(update_fields=["ask_at"])
    return refund


@transaction.atomic
def _settle(refund_id: UUID, answer: Answer, *, at: datetime) -> None:
    organization_id = Refund.objects.values_list("organization_id", flat=True).get(pk=refund_id)
    Organization.objects.locked().get(pk=organization_id)
    refund: Refund = Refund.objects.locked().select_related("payment").get(pk=refund_id)
    if refund.state != RefundState.PENDING:
        return
    actor = Actor(ActorKind.GATEWAY, refund.payment.gateway)
    if answer.told is Told.OTHER:
        refund.wait(reference=answer.reference, ask_at=at + timedelta(hours=1))
        return
    if answer.told is Told.SUCCEEDED:
        refund.end(RefundState.DONE, reference=answer.reference, at=at)
        away = payments_chart.clearing(refund.payment.gateway, refund.currency)
        _post(refund, "sent", [Leg(_refunding(refund), refund.amount), Leg(away, -refund.amount)], at=at)
    else:
        refund.end(RefundState.FAILED, reference=answer.reference, code=answer.code, at=at)
        legs = [Leg(_refunding(refund), refund.amount), Leg(_prepaid(refund), -refund.amount)]
        _post(refund, "given-back", legs, at=at)
    _record(refund, f"refund.{refund.state}", actor, at=at, code=answer.code)
    facts.publish(
        RefundEnded(
            organization_id=refund.organization_id,
            happened_at=at,
            refund=refund.public_id,
            payment=refund.payment.public_id,
            is_done=refund.state == RefundState.DONE,
        )
    )


def _prepaid(refund: Refund) -> str:
    return chart.prepaid(ids.public(Organization.prefix, refund.organization_id), refund.currency)


def _refunding(refund: Refund) -> str:
    return chart.refunding(ids.public(Organization.prefix, refund.organization_id), refund.currency)


def _post(refund: Refund, what: str, legs: list[Leg], *, at: datetime) -> None:
    posting.post(
        reference=f"{refund.public_id}:{what}",
        legs=legs,
        organization_id=refund.organization_id,
        at=at,
        description=refund.payment.public_id,
    )


def _record(refund: Refund, action: str, actor: Actor, *, at: datetime, **details: object) -> None:
    trail.record(
        actor,
        action,
        refund.public_id,
        organization_id=refund.organization_id,
        at=at,
        payment=refund.payment.public_id,
        **details,
    )
