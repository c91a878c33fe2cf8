"""The states of an invoice."""

from __future__ import annotations

from enum import StrEnum

from plancia.kernel.states import Moves


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
