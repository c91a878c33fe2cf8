"""The states of an invoice, and the kinds of what billing keeps."""

from __future__ import annotations

from enum import StrEnum

from plancia.kernel.states import Moves


class InvoiceKind(StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class SettlementKind(StrEnum):
    PAYMENT = "payment"
    CREDIT = "credit"


class VatAnswer(StrEnum):
    VALID = "valid"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"


class InvoiceState(StrEnum):
    OPEN = "open"
    PAID = "paid"
    CREDITED = "credited"


INVOICE_MOVES = Moves(
    {
        InvoiceState.OPEN: {InvoiceState.PAID, InvoiceState.CREDITED},
        InvoiceState.PAID: {InvoiceState.CREDITED},
        InvoiceState.CREDITED: set(),
    }
)
