"""What billing does about payments."""

from __future__ import annotations

from datetime import datetime

from plancia.billing import settlement
from plancia.billing.models import Invoice
from plancia.kernel import ids
from plancia.outbox import facts
from plancia.payments.events import PaymentSucceeded


@facts.handles(PaymentSucceeded)
def on_payment_succeeded(event: PaymentSucceeded, *, at: datetime) -> None:
    """Settle the invoice that the money came for; what is too much is kept on the prepaid account."""
    invoice_id = ids.parse(Invoice.prefix, event.purpose)
    if invoice_id:
        settlement.receive(invoice_id=invoice_id, payment=event.payment, amount=event.amount, at=at)
