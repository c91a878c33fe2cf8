"""Registers: lists of invoices as files for spreadsheets and bookkeeping programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from plancia.billing import queries
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel.money import Money

# What spreadsheets would run as a formula. Source: OWASP, CSV injection.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: So that spreadsheets read it as UTF-8.
_MARK = "\ufeff"


def csv_lines(invoices: QuerySet[Invoice]) -> Iterator[str]:
    """Yield invoices and credit notes as CSV, the oldest first; amounts of credit notes are below zero."""
    yield _MARK + line(
        [
            _("Number"),
            _("Kind"),
            _("Issued"),
            _("Due"),
            _("State"),
            _("Recipient"),
            _("Country"),
            _("VAT number"),
            _("VAT rate"),
            _("Currency"),
            _("Net"),
            _("VAT"),
            _("Total"),
            _("Still open"),
            _("Payment reference"),
        ]
    )
    for invoice in queries.with_open(invoices).order_by("issued_on", "pk").iterator(chunk_size=500):
        yield line(_cells(invoice))


def line(cells: Iterable[object]) -> str:
    """Return one line of CSV (RFC 4180); text that a spreadsheet would run as a formula is quoted for it."""
    written = io.StringIO()
    csv.writer(written).writerow([_harmless(cell) for cell in cells])
    return written.getvalue()


def _cells(invoice: Invoice) -> Sequence[object]:
    sign = -1 if invoice.is_credit_note else 1
    open_ = queries.open_of(invoice)
    return [
        invoice.number,
        _("Credit note") if invoice.is_credit_note else _("Invoice"),
        invoice.issued_on.isoformat(),
        "" if invoice.is_credit_note else invoice.due_on.isoformat(),
        "" if invoice.is_credit_note else str(queries.Standing(InvoiceState(invoice.state)).label),
        invoice.buyer.get("recipient") or invoice.buyer["name"],
        invoice.buyer["country"],
        invoice.buyer.get("vat_number", ""),
        " ".join(row["rate"] for row in invoice.taxes),
        invoice.currency,
        _signed(invoice.net, sign),
        _signed(invoice.tax, sign),
        _signed(invoice.total, sign),
        _signed(open_, 1),
        invoice.payment_reference,
    ]


def _signed(amount: Money, sign: int) -> str:
    return str(sign * amount.decimal)


def _harmless(cell: object) -> str:
    text = str(cell)
    is_number = text.removeprefix("-").replace(".", "", 1).isdigit()
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text
