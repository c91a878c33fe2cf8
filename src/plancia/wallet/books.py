"""What the prepaid account adds to the check of the books: money on its way back, and what was disputed."""

from __future__ import annotations

from collections.abc import Iterable

from plancia.ledger import books
from plancia.ledger.books import Difference


@books.check(
    "refunded money is that of refunds",
    explains="What waits to go back to a customer is not what his refunds under way say: look at them.",
)
def refunding_is_of_refunds() -> Iterable[Difference]:
    """Return organizations whose refunding account is not the sum of their refunds that are on their way."""
    return books.query(
        "refunded money is that of refunds",
        """
        with booked as (
            select a.organization_id, a.currency, -sum(e.amount_minor) as amount from ledger_entry e
            join ledger_account a on a.id = e.account_id where a.code like 'refunding:%'
            group by a.organization_id, a.currency
        ), standing as (
            select organization_id, currency, sum(amount_minor) as amount from wallet_refund
            where state = 'pending' group by organization_id, currency
        )
        select organization_id || ' ' || currency, coalesce(b.amount, 0)::text, coalesce(s.amount, 0)::text
        from booked b full join standing s using (organization_id, currency)
        where coalesce(b.amount, 0) <> coalesce(s.amount, 0) order by 1""",
    )


@books.check(
    "disputed money is that of disputes",
    explains="A customer owes something else than what his banks took back: look at his disputed payments.",
)
def disputed_is_of_disputes() -> Iterable[Difference]:
    """Return organizations that owe something else than the disputes that were not won."""
    return books.query(
        "disputed money is that of disputes",
        """
        with booked as (
            select a.organization_id, a.currency, sum(e.amount_minor) as amount from ledger_entry e
            join ledger_account a on a.id = e.account_id where a.code like 'disputed:%'
            group by a.organization_id, a.currency
        ), standing as (
            select organization_id, currency, sum(amount_minor) as amount from payments_dispute
            where won_at is null group by organization_id, currency
        )
        select organization_id || ' ' || currency, coalesce(b.amount, 0)::text, coalesce(s.amount, 0)::text
        from booked b full join standing s using (organization_id, currency)
        where coalesce(b.amount, 0) <> coalesce(s.amount, 0) order by 1""",
    )
