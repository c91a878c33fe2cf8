"""What products do when they hear of facts below."""

from __future__ import annotations

from datetime import datetime

from plancia.billing.events import CreditNoteIssued, InvoicePaid
from plancia.kernel import ids
from plancia.outbox import facts
from plancia.provisioning.events import ResourceSettled
from plancia.provisioning.states import Presence
from plancia.subscriptions import activation, settlement
from plancia.subscriptions.models import Subscription


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
