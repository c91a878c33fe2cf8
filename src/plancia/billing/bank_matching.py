"""What the bank's entries may be for: invoices."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from plancia.bank import matching
from plancia.bank.matching import Target
from plancia.bank.models import BankEntry
from plancia.billing import settlement
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState

#: Open invoices that are looked at to guess what an entry without a reference pays.
_MOST = 200


@matching.finds
def invoice(text: str) -> Target | None:
    """Return the invoice that a reference, a number or a public id stands for, paid or not: money is kept if it is."""
    plain = text.upper().replace(" ", "")
    found: Invoice | None = (
        Invoice.objects.by_public_id(text).first()
        or Invoice.objects.filter(Q(payment_reference=plain) | Q(qr_reference=plain), payment_reference__gt="").first()
        or Invoice.objects.filter(number=text.upper()).first()
    )
    return _target(found) if found is not None and not found.is_credit_note else None


@matching.guesses
def open_invoices(entry: BankEntry) -> Iterable[Target]:
    """Return the open invoices over the very amount, and those whose number stands in the message."""
    same = Invoice.objects.filter(
        state=InvoiceState.OPEN, currency=entry.currency, total_minor=entry.amount_minor
    ).exclude(kind="credit_note")
    yield from (_target(one) for one in same.order_by("-issued_on", "-pk")[:_MOST])
    words = [word.strip(".,;:()") for word in entry.message.upper().split() if any(letter.isdigit() for letter in word)]
    named = Invoice.objects.filter(number__in=words).exclude(kind="credit_note")
    yield from (_target(one) for one in named.order_by("-pk")[:_MOST])


def _target(found: Invoice) -> Target:
    return Target(
        organization_id=found.organization_id,
        purpose=found.public_id,
        label=found.number,
        currency=found.currency,
        open=settlement.open_amount(found),
    )
