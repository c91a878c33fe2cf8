"""
EPC codes: a SEPA transfer as a QR code, which banking apps in the euro area read.

Source: European Payments Council, EPC069-12, Quick Response Code: Guidelines to Enable Data Capture, version 2.1.
"""

from __future__ import annotations

from decimal import Decimal

from plancia.billing import qr_codes
from plancia.billing.parties import Party, Seller
from plancia.kernel.money import Money

_LARGEST = Decimal("999999999.99")
_LONGEST_NAME = 70
_SERVICE, _VERSION, _UTF_8, _TRANSFER = "BCD", "002", "1", "SCT"
#: Where the payment part of a QR-bill is what people know.
_WITH_QR_BILLS = ("CH", "LI")


def is_wanted(seller: Seller, buyer: Party, amount: Money) -> bool:
    """Say whether a buyer is asked for an amount with such a code: in euros, and not where QR-bills are known."""
    return (
        amount.currency == "EUR"
        and Decimal(0) < amount.decimal <= _LARGEST
        and buyer.country not in _WITH_QR_BILLS
        and bool(seller.bic or seller.iban[:2] not in _WITH_QR_BILLS)
    )


def text(seller: Seller, amount: Money, reference: str) -> str:
    """
    Return what the code says: to whom, how much, under which creditor reference.

    The BIC may be left out within the European Economic Area only.
    """
    return "\n".join(
        [
            _SERVICE,
            _VERSION,
            _UTF_8,
            _TRANSFER,
            seller.bic,
            seller.name[:_LONGEST_NAME],
            seller.iban,
            f"{amount.currency}{amount.decimal:.2f}",
            "",
            reference,
        ]
    )


def svg(seller: Seller, amount: Money, reference: str) -> str:
    """Return the code as SVG."""
    return qr_codes.svg(text(seller, amount, reference))
