from __future__ import annotations

from datetime import datetime

from plancia.outbox import facts
from plancia.payments.events import PaymentSucceeded
from plancia.wallet import prepaid


@facts.handles(PaymentSucceeded)
def on_payment_succeeded(event: PaymentSucceeded, *, at: datetime) -> None:
    """Put a top-up on the prepaid account."""
    if event.organization_id and event.purpose == prepaid.top_up_purpose(event.organization_id):
        prepaid.keep(
            organization_id=event.organization_id,
            amount=event.amount,
            reference=f"{event.payment}:topped-up",
            at=at,
        )
