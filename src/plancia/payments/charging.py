"""Charging: money that a gateway collects for us. What becomes of it, only the gateway's signed callback says."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor, ActorKind
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.outbox import facts
from plancia.payments import chart, gateways, receiving
from plancia.payments.events import PaymentFailed
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.payments.receiving import AlreadyRecorded
from plancia.payments.states import PaymentState


class AlreadyPaid(Refusal):
    """The payment succeeded before, under another reference of the gateway."""

    code = "already_paid"
    sentence = _("This has already been paid.")


@transaction.atomic
def start(
    *, organization_id: UUID, purpose: str, amount: Money, actor: Actor, at: datetime, gateway: str = ""
) -> Payment:
    """
    Start a payment that a gateway will collect; the first one that is switched on, unless named.

    Attempts for one purpose are independent: each may succeed, and who waits for the purpose decides about the rest.

    Raises: NoSuchGateway.
    """
    if not amount.is_positive:
        raise ValueError(f"a payment is more than nothing, not {amount}")
    payment: Payment = Payment.objects.create(
        organization_id=organization_id,
        purpose=purpose,
        method=Method.CARD,
        gateway=gateways.gateway(gateway or gateways.default()).NAME,
        amount_minor=amount.minor,
        currency=amount.currency,
        started_at=at,
    )
    trail.record(
        actor,
        "payment.started",
        payment.public_id,
        organization_id=organization_id,
        at=at,
        purpose=purpose,
        amount=amount,
        gateway=payment.gateway,
    )
    return payment


@transaction.atomic
def succeed(*, payment_id: UUID, gateway_reference: str, at: datetime) -> Payment:
    """
    Record that a gateway collected the money. Told again under the same reference, it changes nothing.

    Money that comes after a failure or a cancellation is recorded all the same.

    Raises: AlreadyPaid, when it succeeded under another reference; AlreadyRecorded, when the reference is another
    payment's.
    """
    payment: Payment = Payment.objects.locked().get(pk=payment_id)
    if payment.state == PaymentState.SUCCEEDED:
        if payment.gateway_reference == gateway_reference:
            return payment
        raise AlreadyPaid(payment=payment.public_id)
    if Payment.objects.filter(gateway=payment.gateway, gateway_reference=gateway_reference).exists():
        raise AlreadyRecorded(reference=gateway_reference)

    payment.succeed(gateway_reference=gateway_reference, at=at)
    receiving.book(
        payment, from_account=chart.clearing(payment.gateway, payment.currency), actor=_actor(payment), at=at
    )
    return payment


@transaction.atomic
def fail(*, payment_id: UUID, code: str, at: datetime) -> Payment:
    """Record that the money will not come, and why. Raises: MoveRefused, when the payment has ended."""
    payment: Payment = Payment.objects.locked().get(pk=payment_id)
    payment.fail(code=code, at=at)
    trail.record(
        _actor(payment),
        "payment.failed",
        payment.public_id,
        organization_id=payment.organization_id,
        at=at,
        purpose=payment.purpose,
        code=code,
    )
    facts.publish(
        PaymentFailed(
            organization_id=payment.organization_id,
            happened_at=at,
            payment=payment.public_id,
            purpose=payment.purpose,
            code=code,
        )
    )
    return payment


@transaction.atomic
def cancel(*, payment_id: UUID, actor: Actor, at: datetime) -> Payment:
    """Record that nobody waits for the money any more. Raises: MoveRefused, when the payment has ended."""
    payment: Payment = Payment.objects.locked().get(pk=payment_id)
    payment.cancel(at=at)
    trail.record(
        actor,
        "payment.cancelled",
        payment.public_id,
        organization_id=payment.organization_id,
        at=at,
        purpose=payment.purpose,
    )
    return payment


def _actor(payment: Payment) -> Actor:
    return Actor(ActorKind.GATEWAY, payment.gateway)
