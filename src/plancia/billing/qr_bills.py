"""
QR-bills: the payment part of a document. Source: SIX, Swiss Implementation Guidelines QR-bill 2.3.

The data and their rules come from qrbill; we only print them, because text of others may be longer than the standard's
fields and contain characters that it does not know.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

from qrbill import QRBill
from qrbill.bill import LABELS

from plancia.billing import qr_codes, references
from plancia.billing.parties import Party, Seller
from plancia.kernel.money import Money

CURRENCIES = ("CHF", "EUR")
_LARGEST = Decimal("999999999.99")
# Section 4.2.2: longest name, street, number, postcode and town.
_NAME, _STREET, _NUMBER, _POSTCODE, _TOWN = 70, 70, 16, 16, 35
_MESSAGE = 140
# Section 4.1.1: Basic Latin, Latin-1 Supplement, Latin Extended-A, and a few more.
_MORE_CHARACTERS = "ȘșȚț€"


def is_possible(seller: Seller, amount: Money) -> bool:
    """Say whether an amount can be asked for with a QR-bill."""
    return seller.takes_qr_bills and amount.currency in CURRENCIES and 0 < amount.decimal <= _LARGEST


def facts(
    *,
    seller: Seller,
    buyer: Party,
    amount: Money,
    reference: str,
    message: str,
    language: str,
    qr_reference: str = "",
) -> dict[str, Any] | None:
    """
    Return what the payment part prints, with its code as SVG; None where no QR-bill is possible.

    A seller with a QR-IBAN is paid there, under the QR reference; any other on the IBAN, under the creditor reference.
    A buyer whose address is not whole is left to be filled in by hand, as the standard allows.
    """
    if not is_possible(seller, amount):
        return None
    spoken = language if language in ("de", "fr", "it") else "en"
    has_qr_iban = bool(seller.qr_iban and qr_reference)
    account = seller.qr_iban if has_qr_iban else seller.iban
    bill = QRBill(
        account=account,
        creditor=_address(seller),
        debtor=_address(buyer),
        amount=str(amount.decimal),
        currency=amount.currency,
        reference_number=qr_reference if has_qr_iban else reference,
        additional_information=_latin(message, _MESSAGE),
        language=spoken,
    )
    return {
        "raw_code": qr_codes.svg(bill.qr_data()),
        "payable_to": [references.printed(account), *bill.creditor.as_paragraph()],
        "payable_by": list(bill.debtor.as_paragraph()) if bill.debtor else [],
        "reference": references.printed_qr(qr_reference) if has_qr_iban else references.printed(reference),
        "message": bill.additional_information,
        "currency": amount.currency,
        "amount": f"{amount.decimal:,.2f}".replace(",", " "),
        "labels": {label: LABELS[label][spoken] if spoken != "en" else label for label in _PRINTED},
    }


_PRINTED = (
    "Receipt",
    "Payment part",
    "Account / Payable to",
    "Reference",
    "Additional information",
    "Payable by",
    "Payable by (name/address)",
    "Currency",
    "Amount",
    "Acceptance point",
    "Separate before paying in",
)


def _address(party: Party) -> dict[str, str] | None:
    address = {
        "name": _latin(party.recipient or party.name, _NAME),
        "street": _latin(party.street, _STREET),
        "house_num": _latin(party.house_number, _NUMBER),
        "pcode": _latin(party.postcode, _POSTCODE),
        "city": _latin(party.city, _TOWN),
        "country": party.country,
    }
    return address if address["name"] and address["pcode"] and address["city"] else None


def _latin(text: str, longest: int) -> str:
    kept = "".join(character if _is_allowed(character) else " " for character in unicodedata.normalize("NFC", text))
    return " ".join(kept.split())[:longest].strip()


def _is_allowed(character: str) -> bool:
    return " " <= character <= "~" or "\u00a0" <= character <= "\u017f" or character in _MORE_CHARACTERS
