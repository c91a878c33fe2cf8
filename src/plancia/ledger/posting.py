"""Posting: the only way in which money moves."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext_lazy as _

from plancia.kernel import columns, ids, transaction
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import accounts
from plancia.ledger.models import Account, Entry, Transaction


class AlreadyPosted(Refusal):
    """What the reference names has been posted before; nothing moved now."""

    code = "already_posted"
    sentence = _("This has already been booked.")


class InsufficientFunds(Refusal):
    """An account that may not fall below zero would."""

    code = "insufficient_funds"
    sentence = _("The balance is %(available)s; that is less than %(wanted)s.")


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a posting. Units: debit positive, credit negative, never zero."""

    code: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What is to be posted: legs that balance in each currency, under a reference that is used once for ever."""

    reference: str
    legs: Sequence[Leg]
    organization_id: UUID | None
    at: datetime
    description: str = ""

    def __post_init__(self) -> None:
        sums: dict[str, int] = defaultdict(int)
        for leg in self.legs:
            sums[leg.amount.currency] += leg.amount.minor
        if not self.legs or not all(leg.amount for leg in self.legs) or any(sums.values()):
            raise ValueError(f"{self.reference} does not balance: {self.legs}")


def post(
    *,
    reference: str,
    legs: Sequence[Leg],
    organization_id: UUID | None,
    at: datetime,
    description: str = "",
) -> Transaction:
    """
    Move money between accounts, which are opened on first use.

    Raises: AlreadyPosted, when the reference was used before; InsufficientFunds, when a floored account would break.
    Source: docs/decisions/0005-double-entry-in-the-database.md
    """
    posting = Posting(reference=reference, legs=legs, organization_id=organization_id, at=at, description=description)
    return post_all([posting])[0]


def post_all(postings: Sequence[Posting]) -> list[Transaction]:
    """
    Post a batch: all of it, or nothing. Floors are judged on the whole.

    Raises: as `post`; AlreadyPosted names the reference.
    """
    try:
        return _post_all(postings)
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        if diagnosis is None or not (diagnosis.constraint_name or "").startswith("ledger_transaction_reference"):
            raise
        named = re.search(r"=\((.*)\) already exists", diagnosis.message_detail or "")
        raise AlreadyPosted(reference=named[1] if named else postings[0].reference) from error


def hold(wanted: Iterable[tuple[str, UUID | None]]) -> dict[str, Money]:
    """
    Take accounts that keep a balance for this transaction, opened where they are missing; return what stands on each.

    With each code comes the organization that a posting would be for. Until the transaction ends nobody else moves
    these balances. Units: debit positive.
    """
    found = accounts.open_missing(wanted)
    locked = _locked(found)
    return {code: Money(locked[code].minor, locked[code].currency) for code in found if code in locked}


@transaction.atomic
def _post_all(postings: Sequence[Posting]) -> list[Transaction]:
    found = accounts.open_missing((leg.code, posting.organization_id) for posting in postings for leg in posting.legs)
    _require_funds(postings, _locked(found))

    transactions = [
        Transaction(
            reference=posting.reference,
            organization_id=posting.organization_id,
            booked_at=posting.at,
            description=posting.description,
        )
        for posting in postings
    ]
    _write(postings, transactions, found)
    return transactions


def _write(postings: Sequence[Posting], transactions: Sequence[Transaction], found: Mapping[str, Account]) -> None:
    """
    Write a batch in one statement, or a long one by COPY.

    All entries of a posting stand in one statement: that is what the database lets balance.
    """
    entries = [
        (ids.new(), posting.organization_id, one.pk, found[leg.code].pk, leg.amount.minor, leg.amount.currency)
        for posting, one in zip(postings, transactions, strict=True)
        for leg in posting.legs
    ]
    booked = [(one.pk, one.reference, one.organization_id, one.booked_at, one.description) for one in transactions]
    if columns.go_by_copy(len(postings)):
        columns.insert(Transaction._meta.db_table, _TRANSACTION, booked)
        columns.insert(Entry._meta.db_table, _ENTRY, entries)
        return
    with transaction.connection().cursor() as cursor:
        cursor.execute(
            _WRITE,
            [
                *(list(column) for column in zip(*booked, strict=True)),
                *(list(column) for column in zip(*entries, strict=True)),
            ],
        )


_WRITE = """
    with booked as (
        insert into ledger_transaction (id, reference, organization_id, booked_at, description)
        select * from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::timestamptz[], %s::text[])
    )
    insert into ledger_entry (id, organization_id, transaction_id, account_id, amount_minor, currency)
    select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[])
"""


_TRANSACTION = {
    "id": "uuid",
    "reference": "text",
    "organization_id": "uuid",
    "booked_at": "timestamptz",
    "description": "text",
}
_ENTRY = {
    "id": "uuid",
    "organization_id": "uuid",
    "transaction_id": "uuid",
    "account_id": "uuid",
    "amount_minor": "bigint",
    "currency": "text",
}


@dataclass(frozen=True, slots=True)
class _Balance:
    """What stands on an account that this transaction has locked."""

    minor: int
    is_floored: bool
    currency: str


def _locked(found: Mapping[str, Account]) -> dict[str, _Balance]:
    """
    Take all accounts with a balance of the organizations that are touched, in order of id.

    All, and not only those of these postings: a transaction that posts twice then never waits, the second time, for
    one that waits for it.
    """
    touched = {account.organization_id for account in found.values() if account.balance_minor is not None}
    if not touched:
        return {}
    tracked = Account.objects.filter(organization_id__in=touched, balance_minor__isnull=False).locked()
    rows = tracked.values_list("code", "balance_minor", "is_floored", "currency")
    return {code: _Balance(minor or 0, is_floored, currency) for code, minor, is_floored, currency in rows}


def _require_funds(postings: Sequence[Posting], locked: Mapping[str, _Balance]) -> None:
    moved: dict[str, int] = defaultdict(int)
    for posting in postings:
        for leg in posting.legs:
            moved[leg.code] += leg.amount.minor
    for code, amount in moved.items():
        account = locked.get(code)
        if account and account.is_floored and amount > 0 and account.minor + amount > 0:
            _require_new(postings)
            raise InsufficientFunds(
                available=Money(-account.minor, account.currency), wanted=Money(amount, account.currency)
            )


def _require_new(postings: Sequence[Posting]) -> None:
    # Who asks twice is told so, and not that the money is gone because it was asked for the first time.
    references = [posting.reference for posting in postings]
    if posted := Transaction.objects.filter(reference__in=references).order_by("pk").first():
        raise AlreadyPosted(reference=posted.reference)
