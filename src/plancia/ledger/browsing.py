"""Browsing: the books page by page, from headings to accounts to entries, and from a document to its postings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from plancia.kernel import transaction
from plancia.kernel.money import Money
from plancia.kernel.pages import Page, page_of
from plancia.ledger.models import Account, Entry, Transaction

#: Postings of one document shown at once; no document has more.
_MOST = 100


@dataclass(frozen=True, slots=True)
class HeadingRow:
    """A heading in one currency. Units: `balance` debit positive."""

    name: str
    kind: str
    accounts: int
    balance: Money


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account. Units: `balance` debit positive."""

    id: str
    code: str
    kind: str
    balance: Money


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One side of a posting. Units: debit positive, credit negative."""

    transaction: str
    reference: str
    booked_at: datetime
    account: str
    account_id: str
    amount: Money

    @property
    def debit(self) -> Money | None:
        """The amount, where it is a debit."""
        return self.amount if self.amount.is_positive else None

    @property
    def credit(self) -> Money | None:
        """The amount without its sign, where it is a credit."""
        return None if self.amount.is_positive else -self.amount


@dataclass(frozen=True, slots=True)
class PostingRow:
    """A posting whole. `documents` are the public ids that its reference names."""

    id: str
    reference: str
    description: str
    booked_at: datetime
    documents: list[str]
    entries: list[EntryRow]


def headings() -> list[HeadingRow]:
    """Return the headings that have accounts, with what stands on them by currency: one query."""
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            """
            with moved as (
                select e.account_id, sum(e.amount_minor) as amount from ledger_entry e
                where e.account_id in (select id from ledger_account where balance_minor is null) group by 1
            )
            select split_part(a.code, ':', 1), min(a.kind), a.currency, count(*),
                   coalesce(sum(coalesce(a.balance_minor, m.amount)), 0)
            from ledger_account a left join moved m on m.account_id = a.id
            group by 1, 3 order by 1, 3"""
        )
        return [
            HeadingRow(name, kind, count, Money(int(amount), currency))
            for name, kind, currency, count, amount in cursor.fetchall()
        ]


def accounts(heading: str, *, search: str = "", page: int = 1) -> Page[AccountRow]:
    """Return the accounts under a heading, by code."""
    found = Account.objects.filter(Q(code=heading) | Q(code__startswith=f"{heading}:"))
    if search:
        found = found.filter(code__icontains=search)
    return page_of(found.order_by("code"), _account, number=page)


def account(public_id: str) -> AccountRow | None:
    """Return one account, or None where there is no such."""
    row = Account.objects.by_public_id(public_id).first()
    return _account(row) if row else None


def entries(public_id: str, *, page: int = 1, size: int = 50) -> Page[EntryRow]:
    """Return the entries of an account, the newest first."""
    account = Account.objects.by_public_id(public_id).get()
    found = Entry.objects.filter(account=account).select_related("transaction", "account").order_by("-pk")
    return page_of(found, _entry, number=page, size=size)


def posting(public_id: str) -> PostingRow | None:
    """Return one posting, or None where there is no such."""
    row = Transaction.objects.by_public_id(public_id).first()
    return _postings([row])[0] if row else None


def postings_of(document: str) -> list[PostingRow]:
    """Return the postings whose reference names a document, in their order."""
    if not document:
        return []
    found = Transaction.objects.filter(reference__contains=document).order_by("booked_at", "pk")
    return _postings(list(found[:_MOST]))


def search(text: str, *, page: int = 1) -> Page[PostingRow]:
    """Return the postings whose reference or description begins with a text, the newest first."""
    found = Transaction.objects.filter(Q(reference__startswith=text) | Q(description__startswith=text))
    shown = page_of(found.order_by("-pk"), lambda row: row, number=page)
    return Page(_postings(shown.rows), shown.number, shown.size, shown.total)


def _postings(rows: list[Transaction]) -> list[PostingRow]:
    by_transaction: dict[object, list[EntryRow]] = {row.pk: [] for row in rows}
    sides = Entry.objects.filter(transaction__in=list(rows)).select_related("transaction", "account")
    for side in sides.order_by("-amount_minor", "pk"):
        by_transaction[side.transaction_id].append(_entry(side))
    return [
        PostingRow(
            id=row.public_id,
            reference=row.reference,
            description=row.description,
            booked_at=row.booked_at,
            documents=[part for part in row.reference.split(":") if "_" in part],
            entries=by_transaction[row.pk],
        )
        for row in rows
    ]


def _account(row: Account) -> AccountRow:
    minor = row.balance_minor
    if minor is None:
        minor = int(row.entries.aggregate(sum=Sum("amount_minor"))["sum"] or 0)
    return AccountRow(row.public_id, row.code, row.kind, Money(minor, row.currency))


def _entry(row: Entry) -> EntryRow:
    return EntryRow(
        transaction=row.transaction.public_id,
        reference=row.transaction.reference,
        booked_at=row.transaction.booked_at,
        account=row.account.code,
        account_id=row.account.public_id,
        amount=row.amount,
    )
