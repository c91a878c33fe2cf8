"""Receiving: booking money that came, once, and telling it. Whatever the method, money comes in through here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg
from plancia.outbox import facts
from plancia.payments import chart
from plancia.payments.events import PaymentSucceeded
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState


class AlreadyRecorded(Refusal):
    """The reference stands on another payment."""

    code = "already_recorded"
    sentence = _("A payment with the reference %(reference)s has already been recorded.")
    field = "bank_reference"


@transaction.atomic
def receive(
    *,
    organization_id: UUID,
    purpose: str,
    amount: Money,
    method: Method,
    from_account: str,
    gateway: str = "",
    gateway_reference: str | None = None,
    profile_id: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> Payment:
    """
    Record money that is there as a payment that succeeded.

    Raises: AlreadyRecorded, when the gateway's reference was recorded before; InsufficientFunds, when `from_account`
    does not have it.
    """
    try:
        with transaction.atomic():
            payment: Payment = Payment.objects.create(
                organization_id=organization_id,
                purpose=purpose,
                method=method,
                gateway=gateway,
                gateway_reference=gateway_reference,
                profile_id=profile_id,
                amount_minor=_positive(amount).minor,
                currency=amount.currency,
                state=PaymentState.SUCCEEDED,
                started_at=at,
                succeeded_at=at,
            )
    except IntegrityError as error:
        if "payment_gateway_reference_once" in str(error):
            raise AlreadyRecorded(reference=gateway_reference) from error
        raise
    book(payment, from_account=from_account, actor=actor, at=at)
    return payment


def book(payment: Payment, *, from_account: str, actor: Actor, at: datetime) -> None:
    """Post a payment that has just succeeded, once for ever, and tell it."""
    incoming = chart.incoming(ids.public("org", payment.organization_id), payment.currency)
    posting.post(
        reference=f"{payment.public_id}:received",
        legs=[Leg(from_account, payment.amount), Leg(incoming, -payment.amount)],
        organization_id=payment.organization_id,
        at=at,
        description=payment.purpose,
    )
    trail.record(
        actor,
        "payment.succeeded",
        payment.public_id,
        organization_id=payment.organization_id,
        at=at,
        purpose=payment.purpose,
        amount=payment.amount,
        method=payment.method,
        reference=payment.gateway_reference,
    )
    facts.publish(
        PaymentSucceeded(
            organization_id=payment.organization_id,
            happened_at=at,
            payment=payment.public_id,
            purpose=payment.purpose,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            method=payment.method,
        )
    )


def _positive(amount: Money) -> Money:
    if not amount.is_positive:
        raise ValueError(f"a payment is more than nothing, not {amount}")
    return amount
