"""What products do when they hear of facts below."""

from __future__ import annotations

from datetime import datetime

from plancia.billing.events import CreditNoteIssued, InvoicePaid
from plancia.kernel import ids
from plancia.outbox import facts
from plancia.payments.events import PaymentFailed, PaymentSucceeded
from plancia.provisioning.events import ResourceSettled
from plancia.provisioning.states import Presence
from plancia.subscriptions import activation, collection, remittance, settlement
from plancia.subscriptions.models import Selection, Subscription
from plancia.subscriptions.states import Outcome
from plancia.wallet import prepaid


@facts.handles(ResourceSettled)
def on_resource_settled(event: ResourceSettled, *, at: datetime) -> None:
    """Make a product active once its service runs."""
    key = ids.parse(Subscription.prefix, event.subject)
    if key:
        activation.settle(subscription_id=key, presence=Presence(event.presence), at=at)


@facts.handles(InvoicePaid)
def on_invoice_paid(event: InvoicePaid, *, at: datetime) -> None:
    """Begin the terms that the invoice bills."""
    settlement.record_paid(invoice=event.invoice, at=at)


@facts.handles(CreditNoteIssued)
def on_credit_note_issued(event: CreditNoteIssued, *, at: datetime) -> None:
    """Take back the terms of an invoice that was credited whole; a part credited is a matter of money only."""
    if event.is_whole:
        settlement.record_credited(invoice=event.invoice, at=at)


@facts.handles(PaymentSucceeded)
def on_payment_succeeded(event: PaymentSucceeded, *, at: datetime) -> None:
    """Let money that came for what a customer chose pay it, or keep it on the prepaid account."""
    collection.record(payment=event.payment, outcome=Outcome.PAID, at=at)
    key = ids.parse(Selection.prefix, event.purpose)
    if key is None or event.organization_id is None:
        return
    if Selection.objects.filter(pk=key, organization_id=event.organization_id).exists():
        remittance.receive(selection_id=key, payment=event.payment, amount=event.amount, at=at)
        remittance.pay_with_parts(selection_id=key, at=at)
    else:
        # Nothing of ours waits for it, but it is somebody's money.
        prepaid.keep(
            organization_id=event.organization_id, amount=event.amount, reference=f"{event.payment}:kept", at=at
        )


@facts.handles(PaymentFailed)
def on_payment_failed(event: PaymentFailed, *, at: datetime) -> None:
    """Note that a renewal was not collected, and when it is tried again."""
    collection.record(payment=event.payment, outcome=Outcome.FAILED, code=event.code, at=at)
