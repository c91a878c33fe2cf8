"""What payments add to the check of the books: the payments that succeeded are the money that came in."""

from __future__ import annotations

from collections.abc import Iterable

from plancia.kernel import ids, transaction
from plancia.kernel.money import Money
from plancia.ledger import books
from plancia.ledger.books import Difference
from plancia.payments.models import Payment

_BOOKED_ONCE = "payments are booked once"
_NOTHING = "nothing"

_SUCCEEDED = """
    select id, amount_minor, currency from payments_payment where state = 'succeeded'
"""
_RECEIVED = """
    select t.reference, -sum(e.amount_minor), e.currency
    from ledger_transaction t
    join ledger_entry e on e.transaction_id = t.id
    join ledger_account a on a.id = e.account_id
    where t.reference like 'pay\\_%:received' and a.code like 'incoming:%'
    group by t.reference, e.currency
"""


@books.check(
    _BOOKED_ONCE,
    explains="A payment was told as there and its money was not booked, or money was booked that no payment tells of.",
)
def payments_are_booked_once() -> Iterable[Difference]:
    """Return payments that succeeded without a posting of that amount to *incoming*, and postings without a payment."""
    with transaction.connection().cursor() as cursor:
        cursor.execute(_RECEIVED)
        booked = {reference: str(Money(int(amount), currency)) for reference, amount, currency in cursor.fetchall()}
        cursor.execute(_SUCCEEDED)
        paid = {
            f"{ids.public(Payment.prefix, key)}:received": str(Money(amount, currency))
            for key, amount, currency in cursor.fetchall()
        }
    return [
        Difference(_BOOKED_ONCE, reference, booked.get(reference, _NOTHING), paid.get(reference, _NOTHING))
        for reference in sorted(booked.keys() | paid.keys())
        if booked.get(reference) != paid.get(reference)
    ]


@books.check(
    "incoming money comes from payments",
    explains="Money was taken from an account that its way of paying does not use: look at the posting in the ledger.",
)
def incoming_comes_from_payments() -> Iterable[Difference]:
    """Return payments that were booked from an account which is not their method's."""
    return books.query(
        "incoming money comes from payments",
        """
        select t.reference, string_agg(a.code, ', ' order by a.code), 'a bank, a gateway or a prepaid account'
        from ledger_transaction t
        join ledger_entry e on e.transaction_id = t.id and e.amount_minor > 0
        join ledger_account a on a.id = e.account_id
        where t.reference like 'pay\\_%:received' and a.code not like 'bank:%'
            and a.code not like 'clearing:%' and a.code not like 'prepaid:%' and a.code not like 'unmatched:%'
        group by t.reference order by t.reference""",
    )
