from __future__ import annotations

from enum import StrEnum

from django.db import models

from plancia.kernel.money import Money
from plancia.kernel.rows import Row


class Kind(StrEnum):
    """What an account is about: it says on which side it grows, and on which page of the books it stands."""

    ASSET = "asset"
    LIABILITY = "liability"
    EQUITY = "equity"
    INCOME = "income"
    EXPENSE = "expense"


class Account(Row):
    """
    An account of the books.

    Units: `balance_minor`, debit positive, is kept by the database for accounts that track it and is null for the
    provider's busy ones, whose row would be a lock everybody waits for. An account with `is_floored` never gets a debit
    balance: money that belongs to a customer.
    """

    prefix = "acc"

    code = models.TextField(unique=True)
    kind = models.TextField()  # Kind
    currency = models.CharField(max_length=3)
    organization_id = models.UUIDField(null=True)
    balance_minor = models.BigIntegerField(null=True)
    is_floored = models.BooleanField(default=False)

    class Meta:
        db_table = "ledger_account"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["asset", "liability", "equity", "income", "expense"]), name="account_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(is_floored=False) | models.Q(balance_minor__isnull=False, balance_minor__lte=0),
                name="account_floor",
            ),
            # The provider's accounts are seen by everybody: their rows tell nothing.
            models.CheckConstraint(
                condition=models.Q(balance_minor=None) | models.Q(organization_id__isnull=False),
                name="account_balance_is_an_organizations",
            ),
        ]
        indexes = [models.Index(fields=["organization_id", "code"], name="account_organization")]


class Transaction(Row):
    """A posting: two or more entries that balance. `reference` says what it is for, once and for all."""

    prefix = "txn"

    reference = models.TextField(unique=True)
    organization_id = models.UUIDField(null=True)
    booked_at = models.DateTimeField()
    description = models.TextField(blank=True)

    class Meta:
        db_table = "ledger_transaction"
        indexes = [models.Index(fields=["organization_id", "booked_at"], name="transaction_organization")]


class Entry(Row):
    """One side of a posting. Units: `amount_minor`, debit positive, credit negative, never zero."""

    prefix = "ent"

    organization_id = models.UUIDField(null=True)
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="entries")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="entries", db_index=False)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        db_table = "ledger_entry"
        constraints = [models.CheckConstraint(condition=~models.Q(amount_minor=0), name="entry_not_zero")]
        indexes = [models.Index(fields=["account", "-id"], name="entry_account_newest")]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
