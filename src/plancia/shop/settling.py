"""
Settling: what becomes of money that came for an order.

An open order is paid by a payment that covers it; everything else that comes for it is kept on the prepaid account.
Source: docs/decisions/0013-order-paid-once.md
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Sum
from django.utils.timezone import localdate

from plancia.audit import trail
from plancia.billing import issuing, settlement, vat
from plancia.billing.models import Invoice
from plancia.billing.parties import Party
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.organizations.models import Organization
from plancia.outbox import facts
from plancia.shop import events, pricing, promises
from plancia.shop.models import Order, OrderLine, OrderPayment
from plancia.subscriptions import activation
from plancia.subscriptions.models import Subscription
from plancia.wallet import prepaid


@transaction.atomic
def receive(*, order_id: UUID, payment: str, amount: Money, at: datetime) -> OrderPayment:
    """
    Decide, once, what becomes of a payment that came for an order: it pays the order, or is kept as prepaid money.

    An open order is paid by one payment that covers it. What is more than its total, what does not cover it, and what
    comes for an order that is paid or has ended, is kept. Asked again about the same payment, it only answers.

    Units: `amount` is what stands on the incoming account for this payment.
    """
    order = lock(order_id)
    judged: OrderPayment | None = OrderPayment.objects.filter(payment=payment).first()
    if judged:
        return judged

    is_paying = order.is_open and amount.currency == order.currency and amount >= order.total
    applied = order.total if is_paying else Money.zero(amount.currency)
    kept = amount - applied
    received: OrderPayment = OrderPayment.objects.create(
        organization_id=order.organization_id,
        order=order,
        payment=payment,
        currency=amount.currency,
        applied_minor=applied.minor,
        kept_minor=kept.minor,
        judged_at=at,
    )
    if is_paying:
        _settle(order, payment=payment, at=at)
    if kept:
        prepaid.keep(organization_id=order.organization_id, amount=kept, reference=f"{payment}:kept", at=at)
        _tell_kept(order, payment, kept, at=at)
    return received


@transaction.atomic
def settle_free(*, order_id: UUID, at: datetime) -> Order:
    """Carry out an order with nothing to pay: no payment, and no invoice, which would bill nothing."""
    order = lock(order_id)
    if order.total:
        raise ValueError(f"{order.public_id} is not free")
    _settle(order, payment="", at=at)
    return order


def lock(order_id: UUID) -> Order:
    """
    Take an order, and its organization before it, for this transaction.

    The organization's row is the queue in which its orders wait for each other, so that they never do so in a circle.
    """
    organization_id = Order.objects.values_list("organization_id", flat=True).get(pk=order_id)
    Organization.objects.locked().get(pk=organization_id)
    order: Order = Order.objects.locked().get(pk=order_id)
    return order


def received_so_far(order: Order) -> Money:
    """Return what came for an order and was kept because it did not cover it."""
    kept = order.payments.filter(currency=order.currency).aggregate(sum=Sum("kept_minor"))["sum"]
    return Money(kept or 0, order.currency)


def agreed_tax(order: Order) -> vat.Tax:
    """Return the tax that an order was placed at, also where another rate is in force on the day the money comes."""
    (row,) = order.taxes
    return vat.Tax.from_json(row)


def _settle(order: Order, *, payment: str, at: datetime) -> None:
    lines = list(order.lines.order_by("position").select_related("plan__product_type", "price"))
    taken = [_take(order, line, at=at) for line in lines]
    order.mark_paid(at=at)
    invoice = None
    if order.total:
        drafts = [_draft(order, *pair, at=at) for pair in zip(lines, taken, strict=True)]
        invoice = _bill(order, drafts, payment=payment, at=at)
        activation.bill(subscriptions=taken, invoice=invoice.public_id)

    trail.record(
        SYSTEM,
        "order.paid",
        order.public_id,
        organization_id=order.organization_id,
        at=at,
        number=order.number,
        payment=payment,
        invoice=invoice.public_id if invoice else "",
    )
    facts.publish(
        events.OrderPaid(
            organization_id=order.organization_id,
            happened_at=at,
            order=order.public_id,
            invoice=invoice.public_id if invoice else "",
            total_minor=order.total_minor,
            currency=order.currency,
        )
    )


def _take(order: Order, line: OrderLine, *, at: datetime) -> Subscription:
    wish = pricing.Wish(line.plan, line.months, line.quantity, line.choices)
    subscription = activation.take(
        organization_id=order.organization_id,
        plan=line.plan,
        price=line.price,
        months=line.months,
        quantity=line.quantity,
        choices=line.choices,
        name=pricing.display_name(wish) or line.description,
        promise=promises.read(line.promise, order.currency),
        at=at,
    )
    line.subscription_id = subscription.pk
    line.save(update_fields=["subscription_id"])
    return subscription


def _draft(order: Order, line: OrderLine, subscription: Subscription, *, at: datetime) -> issuing.LineDraft:
    return issuing.LineDraft(
        description=line.description,
        discount_reason=promises.why(line, order.currency, order.language),
        quantity=line.quantity,
        unit_price=line.price.amount,
        net=Money(line.net_minor, order.currency),
        subject=subscription.public_id,
        price_id=line.price_id,
        period=Period.term(at, after_months=0, months=line.months),
    )


def _bill(order: Order, drafts: list[issuing.LineDraft], *, payment: str, at: datetime) -> Invoice:
    invoice = issuing.issue(
        organization_id=order.organization_id,
        lines=drafts,
        purpose=order.public_id,
        buyer=Party.from_json(order.buyer),
        currency=order.currency,
        language=order.language,
        due_on=localdate(at),
        at=at,
        actor=SYSTEM,
        tax=agreed_tax(order),
    )
    return settlement.settle(invoice_id=invoice.pk, amount=order.total, reference=f"{payment}:applied", at=at)


def _tell_kept(order: Order, payment: str, kept: Money, *, at: datetime) -> None:
    trail.record(
        SYSTEM,
        "order.payment_kept",
        order.public_id,
        organization_id=order.organization_id,
        at=at,
        payment=payment,
        kept_minor=kept.minor,
        currency=kept.currency,
    )
    if order.is_open and kept.currency == order.currency:
        missing = order.total - received_so_far(order)
        facts.publish(
            events.OrderUnderpaid(
                organization_id=order.organization_id,
                happened_at=at,
                order=order.public_id,
                payment=payment,
                kept_minor=kept.minor,
                missing_minor=max(missing.minor, 0),
                currency=kept.currency,
            )
        )
    else:
        facts.publish(
            events.OrderPaymentKept(
                organization_id=order.organization_id,
                happened_at=at,
                order=order.public_id,
                payment=payment,
                kept_minor=kept.minor,
                currency=kept.currency,
            )
        )
