"""What the bank adds to the check of the books: money of nobody, and money that is leaving."""

from __future__ import annotations

from collections.abc import Iterable

from plancia.ledger import books
from plancia.ledger.books import Difference


@books.check(
    "unmatched money is that of unmatched entries",
    explains="Money from the bank and the entries that nobody owns differ: look at unmatched money.",
)
def unmatched_is_of_entries() -> Iterable[Difference]:
    """Return currencies in which the account of unmatched money is not the sum of the entries that are nobody's."""
    return books.query(
        "unmatched money is that of unmatched entries",
        """
        with booked as (
            select a.currency, -sum(e.amount_minor) as amount from ledger_entry e
            join ledger_account a on a.id = e.account_id where a.code like 'unmatched:%' group by a.currency
        ), standing as (
            select currency, sum(amount_minor) as amount from bank_entry
            where is_credit and state in ('unmatched', 'set_aside') group by currency
        )
        select currency, coalesce(b.amount, 0)::text, coalesce(s.amount, 0)::text
        from booked b full join standing s using (currency)
        where coalesce(b.amount, 0) <> coalesce(s.amount, 0) order by currency""",
    )


@books.check(
    "outgoing money is that of payouts",
    explains="Payouts under way do not make what left for the bank: look at payment files and their answers.",
)
def outgoing_is_of_payouts() -> Iterable[Difference]:
    """Return organizations, or nobody, whose outgoing money is not the sum of the payouts that are on their way."""
    return books.query(
        "outgoing money is that of payouts",
        """
        with booked as (
            select a.organization_id, a.currency, -sum(e.amount_minor) as amount from ledger_entry e
            join ledger_account a on a.id = e.account_id where a.code like 'outgoing:%' or a.code like 'returning:%'
            group by a.organization_id, a.currency
        ), standing as (
            select organization_id, currency, sum(amount_minor) as amount from bank_payout
            where state in ('waiting', 'released', 'sent') group by organization_id, currency
        )
        select concat_ws(' ', coalesce(b.organization_id, s.organization_id), coalesce(b.currency, s.currency)),
            coalesce(b.amount, 0)::text, coalesce(s.amount, 0)::text
        from booked b full join standing s on s.currency = b.currency
            and coalesce(s.organization_id::text, '') = coalesce(b.organization_id::text, '')
        where coalesce(b.amount, 0) <> coalesce(s.amount, 0) order by 1""",
    )
