from __future__ import annotations

from datetime import datetime

from plancia.kernel import ids
from plancia.outbox import facts
from plancia.payments.events import PaymentFailed, PaymentSucceeded
from plancia.wallet import automatic, prepaid
from plancia.wallet.models import TopUp


@facts.handles(PaymentSucceeded)
def on_payment_succeeded(event: PaymentSucceeded, *, at: datetime) -> None:
    """Put a top-up on the prepaid account."""
    if event.organization_id is None:
        return
    if event.purpose == prepaid.top_up_purpose(event.organization_id) or _top_up(event) is not None:
        prepaid.keep(
            organization_id=event.organization_id,
            amount=event.amount,
            reference=f"{event.payment}:topped-up",
            at=at,
        )


@facts.handles(PaymentFailed)
def on_payment_failed(event: PaymentFailed, *, at: datetime) -> None:
    """Stop topping up by itself after a try that failed."""
    top_up = _top_up(event)
    if top_up is not None:
        automatic.on_failure(top_up=top_up, code=event.code, at=at)


def _top_up(event: PaymentSucceeded | PaymentFailed) -> TopUp | None:
    key, owner = ids.parse(TopUp.prefix, event.purpose), event.organization_id
    if key is None or owner is None:
        return None
    found: TopUp | None = TopUp.objects.filter(pk=key, organization_id=owner).first()
    return found
