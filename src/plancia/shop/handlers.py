"""What orders do about facts from below."""

from __future__ import annotations

from datetime import datetime

from plancia.kernel import ids
from plancia.kernel.money import Money
from plancia.outbox import facts
from plancia.payments.events import PaymentSucceeded
from plancia.shop import paying, settling
from plancia.shop.models import Order
from plancia.wallet import prepaid


@facts.handles(PaymentSucceeded)
def on_payment_succeeded(event: PaymentSucceeded, *, at: datetime) -> None:
    """Let money that came for an order pay it, or keep it on the prepaid account."""
    order_id = ids.parse(Order.prefix, event.purpose)
    if order_id is None or event.organization_id is None:
        return
    amount = Money(event.amount_minor, event.currency)
    if Order.objects.filter(pk=order_id, organization_id=event.organization_id).exists():
        settling.receive(order_id=order_id, payment=event.payment, amount=amount, at=at)
        paying.pay_with_parts(order_id=order_id, at=at)
    else:
        # Nothing of ours waits for it, but it is somebody's money.
        prepaid.keep(organization_id=event.organization_id, amount=amount, reference=f"{event.payment}:kept", at=at)
