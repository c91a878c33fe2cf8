"""The pro forma of an open order: the paper to pay it by."""

from __future__ import annotations

from django.utils.timezone import localdate

from plancia.billing import documents, issuing, vat
from plancia.billing.parties import Party
from plancia.kernel.money import Money
from plancia.shop import promises, settling
from plancia.shop.models import Order


def pdf(order: Order) -> bytes:
    """Return the pro forma of an order, in the order's language, with what a bank needs to pay it."""
    lines = list(order.lines.select_related("price").order_by("position"))
    return documents.pro_forma(
        documents.ProForma(
            number=order.number,
            issued_on=localdate(order.placed_at),
            due_on=localdate(order.expires_at),
            language=order.language,
            buyer=Party.from_json(order.buyer),
            lines=[
                issuing.LineDraft(
                    description=line.description,
                    discount_reason=promises.why(line, order.currency, order.language),
                    quantity=line.quantity,
                    unit_price=line.price.amount,
                    net=Money(line.net_minor, order.currency),
                    price_id=line.price_id,
                )
                for line in lines
            ],
            totals=vat.totals(
                [Money(line.net_minor, order.currency) for line in lines], settling.agreed_tax(order), order.currency
            ),
            reference=order.payment_reference,
        )
    )
