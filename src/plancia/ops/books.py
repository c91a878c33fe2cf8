"""`plancia check-books`: whatever the packages check about money, and the trails of all organizations."""

from __future__ import annotations

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.ledger import books as ledger_books
from plancia.organizations.models import Organization


def names() -> list[str]:
    """Return the names of all checks."""
    return [*ledger_books.checks(), "audit trails"]


def wrong() -> list[str]:
    """Return everything that is wrong, a sentence each; nothing is good."""
    found = [_explained(difference) for difference in ledger_books.differences()]
    with transaction.as_staff():
        for organization in Organization.objects.order_by("pk"):
            found += [f"audit trail of {organization.public_id}: {fault}" for fault in trail.check(organization.pk)]
    return found


def _explained(difference: ledger_books.Difference) -> str:
    return f"{difference}. {difference.explanation}".removesuffix(". ")
