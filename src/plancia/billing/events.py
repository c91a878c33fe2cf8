from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from plancia.kernel.money import Money
from plancia.outbox.events import Event


@dataclass(frozen=True, slots=True)
class InvoiceIssued(Event):
    """An invoice stands in the books. `purpose` is the public id of what it was issued for."""

    name: ClassVar[str] = "invoice.issued"

    invoice: str
    number: str
    purpose: str
    total_minor: int
    currency: str
    due_on: date

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


@dataclass(frozen=True, slots=True)
class InvoicePaid(Event):
    """Nothing of an invoice is owed any more."""

    name: ClassVar[str] = "invoice.paid"

    invoice: str
    number: str
    purpose: str
    total_minor: int
    currency: str

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


@dataclass(frozen=True, slots=True)
class CreditNoteIssued(Event):
    """
    A credit note took an invoice back, the last or only one of it, or a part. `returned_minor` of it went to the
    prepaid account.
    """

    name: ClassVar[str] = "invoice.credited"

    credit_note: str
    number: str
    invoice: str
    purpose: str
    total_minor: int
    returned_minor: int
    currency: str
    is_whole: bool = True

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)
