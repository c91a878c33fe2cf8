from __future__ import annotations

from django.db.models import Sum

from plancia.kernel.money import Money
from plancia.ledger import accounts
from plancia.ledger.models import Account, Entry, Transaction


def balance(code: str) -> Money:
    """
    Return what stands on an account; nothing, where it was never used.

    Units: debit positive.
    """
    account = Account.objects.filter(code=code).first()
    if account is None:
        return Money.zero(accounts.currency_of(code))
    if account.balance_minor is not None:
        return Money(account.balance_minor, account.currency)
    total = Entry.objects.filter(account=account).aggregate(total=Sum("amount_minor"))["total"]
    return Money(int(total or 0), account.currency)


def is_posted(reference: str) -> bool:
    """Say whether what a reference names has been booked."""
    return Transaction.objects.filter(reference=reference).exists()
