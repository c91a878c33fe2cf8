"""What the shop adds to the check of the books: orders against what came of them."""

from __future__ import annotations

from collections.abc import Iterable

from plancia.billing.models import Invoice
from plancia.ledger import books
from plancia.ledger.books import Difference
from plancia.shop.models import Order


@books.check(
    "orders are paid once",
    explains="More or less money was applied to an order than it asked for: look at its payments.",
)
def paid_once() -> Iterable[Difference]:
    """Return orders to which another amount was applied than they ask: their total when paid, else nothing."""
    return books.query(
        "orders are paid once",
        """
        select o.number, coalesce(p.applied, 0) || ' applied', case when o.state = 'paid' then o.total_minor else 0 end
        from shop_order o
        left join (select order_id, sum(applied_minor) as applied from shop_order_payment group by order_id) p
            on p.order_id = o.id
        where coalesce(p.applied, 0) <> case when o.state = 'paid' then o.total_minor else 0 end order by o.number""",
    )


@books.check(
    "paid orders are carried out",
    explains="A customer paid and did not get a product, or got one without paying: look at the order.",
)
def carried_out() -> Iterable[Difference]:
    """Return lines of paid orders without a product, and of other orders with one."""
    return books.query(
        "paid orders are carried out",
        """
        select o.number || '/' || l.position, o.state,
               case when l.subscription_id is null then 'a product' else 'no product' end
        from shop_order_line l join shop_order o on o.id = l.order_id
        where (o.state = 'paid') <> (l.subscription_id is not null) order by o.number, l.position""",
    )


@books.check(
    "paid orders are invoiced",
    explains="A paid order has no invoice, two, or one over another total: look at the order.",
)
def invoiced() -> Iterable[Difference]:
    """Return paid orders whose invoice is missing, double or of another total."""
    totals: dict[str, list[int]] = {}
    invoices = Invoice.objects.filter(kind="invoice", purpose__startswith="ord_").values_list("purpose", "total_minor")
    for purpose, total in invoices.iterator():
        totals.setdefault(purpose, []).append(total)
    for order in Order.objects.filter(state="paid", total_minor__gt=0).order_by("number").iterator():
        found = totals.pop(order.public_id, [])
        if found != [order.total_minor]:
            yield Difference("paid orders are invoiced", order.number, str(found), str([order.total_minor]))
    for purpose, found in totals.items():
        yield Difference("paid orders are invoiced", purpose, str(found), "no invoice: it is not paid")
