"""Transfers: money that came to the provider's bank account, confirmed by staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.payments import chart, receiving
from plancia.payments.methods import Method
from plancia.payments.models import Payment
from plancia.payments.receiving import Receipt


class ReferenceMissing(Refusal):
    """A transfer is told from others by its bank reference."""

    code = "bank_reference_missing"
    sentence = _("Enter the bank's reference of the transfer.")
    field = "bank_reference"


def record(
    *, organization_id: UUID, purpose: str, amount: Money, bank_reference: str, actor: Actor, at: datetime
) -> Payment:
    """
    Record a bank transfer that arrived. `bank_reference` is the bank's own, and is used once.

    Raises: ReferenceMissing; AlreadyRecorded, when a transfer with the reference was recorded before.
    """
    reference = " ".join(bank_reference.split())
    if not reference:
        raise ReferenceMissing
    receipt = Receipt(
        organization_id=organization_id,
        purpose=purpose,
        amount=amount,
        method=Method.TRANSFER,
        from_account=chart.bank(amount.currency),
        gateway="bank",
        gateway_reference=reference,
    )
    return receiving.receive(receipt, actor=actor, at=at)
