"""Receiving: booking money that came, once, and telling it. Whatever the method, money comes in through here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import columns, ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg, Posting
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Money that is there: what for, how it came, and the account it is taken from."""

    organization_id: UUID
    purpose: str
    amount: Money
    method: Method
    from_account: str
    gateway: str = ""
    gateway_reference: str | None = None
    profile_id: UUID | None = None


def receive(receipt: Receipt, *, actor: Actor, at: datetime) -> Payment:
    """
    Record money that is there as a payment that succeeded.

    Raises: AlreadyRecorded, when the gateway's reference was recorded before; InsufficientFunds, when `from_account`
    does not have it.
    """
    return receive_all([receipt], actor=actor, at=at)[0]


@transaction.atomic
def receive_all(receipts: Sequence[Receipt], *, actor: Actor, at: datetime) -> list[Payment]:
    """
    Record a batch of money, in order: all of it, or nothing. What `receive` says holds for each.

    Raises: as `receive`.
    """
    payments = [
        Payment(
            organization_id=receipt.organization_id,
            purpose=receipt.purpose,
            method=receipt.method,
            gateway=receipt.gateway,
            gateway_reference=receipt.gateway_reference,
            profile_id=receipt.profile_id,
            amount_minor=_positive(receipt.amount).minor,
            currency=receipt.amount.currency,
            state=PaymentState.SUCCEEDED,
            started_at=at,
            succeeded_at=at,
        )
        for receipt in receipts
    ]
    try:
        with transaction.atomic():
            _insert(payments)
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if diagnosis is None or diagnosis.constraint_name != "payment_gateway_reference_once":
            raise
        named = re.search(r"=\([^,]*, (.*)\) already exists", diagnosis.message_detail or "")
        raise AlreadyRecorded(reference=named[1] if named else payments[0].gateway_reference) from error
    sources = [receipt.from_account for receipt in receipts]
    book(list(zip(payments, sources, strict=True)), actor=actor, at=at)
    return payments


_PAYMENT = {
    "id": "uuid",
    "organization_id": "uuid",
    "purpose": "text",
    "method": "text",
    "gateway": "text",
    "gateway_reference": "text",
    "profile_id": "uuid",
    "amount_minor": "bigint",
    "currency": "text",
    "state": "text",
    "failure_code": "text",
    "page_reference": "text",
    "is_keeping": "boolean",
    "started_at": "timestamptz",
    "succeeded_at": "timestamptz",
}


def _insert(payments: Sequence[Payment]) -> None:
    columns.insert(Payment._meta.db_table, _PAYMENT, [[getattr(one, name) for name in _PAYMENT] for one in payments])
    for one in payments:
        one._state.adding, one._state.db = False, transaction.alias()


def book(payments: Sequence[tuple[Payment, str]], *, actor: Actor, at: datetime) -> None:
    """Post payments that have just succeeded, each with the account it comes from, once for ever, and tell them."""
    posting.post_all([_posting(payment, source, at=at) for payment, source in payments])
    trail.record_all([_remembered(payment, actor, at=at) for payment, _source in payments])
    facts.publish_all([_told(payment, at=at) for payment, _source in payments])


def _posting(payment: Payment, from_account: str, *, at: datetime) -> Posting:
    incoming = chart.incoming(ids.public("org", payment.organization_id), payment.currency)
    return Posting(
        reference=f"{payment.public_id}:received",
        legs=[Leg(from_account, payment.amount), Leg(incoming, -payment.amount)],
        organization_id=payment.organization_id,
        at=at,
        description=payment.purpose,
    )


def _remembered(payment: Payment, actor: Actor, *, at: datetime) -> trail.Recorded:
    return trail.entry(
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


def _told(payment: Payment, *, at: datetime) -> PaymentSucceeded:
    return PaymentSucceeded(
        organization_id=payment.organization_id,
        happened_at=at,
        payment=payment.public_id,
        purpose=payment.purpose,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        method=payment.method,
    )


def _positive(amount: Money) -> Money:
    if not amount.is_positive:
        raise ValueError(f"a payment is more than nothing, not {amount}")
    return amount
