"""
Electronic invoices: an invoice as EN 16931 data (Cross Industry Invoice), to be carried inside its PDF as Factur-X.

Source: EN 16931-1; Factur-X 1.09, profile EN 16931; docs/decisions/0010-documents.md
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import facturx

from plancia.billing import numbering
from plancia.billing.models import Invoice, Line
from plancia.billing.parties import Party, Seller
from plancia.billing.vat import Category, Tax
from plancia.kernel.money import Money

# The library tells every step of its work; what goes wrong it raises.
logging.getLogger("factur-x").setLevel(logging.ERROR)

LEVEL = "en16931"

# UNTDID 1001, 4461; UN/ECE recommendation 20; CEF code list EAS; ISO 6523.
_INVOICE, _CREDIT_NOTE = "380", "381"
_CREDIT_TRANSFER, _SETTLED_BETWEEN_US = "30", "97"
_ONE = "C62"
_DISCOUNT = "95"
_E_MAIL, _SWISS_UID = "EM", "0183"


def xml(invoice: Invoice, lines: Sequence[Line], *, paid: Money) -> bytes:
    """
    Return an invoice or credit note as XML, in the language in force, valid by the schema and Schematron of EN 16931.

    Units: `paid` is what of it needs no payment any more.
    """
    # The library's own Schematron check asks a server on this machine, and passes where there is none: our tests run
    # the same rules in-process instead.
    return bytes(
        facturx.generate_cii_xml(_facts(invoice, lines, paid), level=LEVEL, check_xsd=True, check_schematron=False)
    )


def ubl(invoice: Invoice, lines: Sequence[Line], *, paid: Money) -> bytes:
    """Return an invoice or credit note as UBL 2.1, in the language in force: the other syntax of EN 16931."""
    return bytes(
        facturx.generate_ubl_xml(_facts(invoice, lines, paid), level=LEVEL, check_xsd=True, check_schematron=False)
    )


def _facts(invoice: Invoice, lines: Sequence[Line], paid: Money) -> dict[str, Any]:
    category = Category(invoice.taxes[0]["category"])
    due = invoice.total - paid
    facts: dict[str, Any] = {
        "BT-1": invoice.number,
        "BT-2": invoice.issued_on,
        "BT-3": _CREDIT_NOTE if invoice.is_credit_note else _INVOICE,
        "BT-5": invoice.currency,
        "BT-9": invoice.due_on,
        "BT-72": invoice.issued_on,
        **_period([(line.starts_at, line.ends_at) for line in lines], "BT-73", "BT-74"),
        "BT-81": _CREDIT_TRANSFER if due else _SETTLED_BETWEEN_US,
        "BT-106": _amount(invoice.net),
        "BT-109": _amount(invoice.net),
        "BT-110": _amount(invoice.tax),
        "BT-112": _amount(invoice.total),
        "BT-113": _amount(paid),
        "BT-115": _amount(due),
        "BG-4": _seller(Seller.from_json(invoice.seller), category),
        "BG-7": _party(Party.from_json(invoice.buyer), category),
        "BG-23": [_tax(row, invoice.currency) for row in invoice.taxes],
        "BG-25": [_line(line, invoice.currency) for line in lines],
    }
    if invoice.payment_reference:
        facts |= {"BT-83": invoice.payment_reference, "BT-84": invoice.seller["iban"]}
    if invoice.corrects:
        facts["BG-3"] = [{"BT-25": invoice.corrects.number, "BT-26": invoice.corrects.issued_on}]
    return facts


def _seller(seller: Seller, category: Category) -> dict[str, Any]:
    party = _party(seller, category)
    if seller.country == "CH":
        # The number that the register of enterprises gave: in it only the digits count.
        digits = "".join(character for character in seller.vat_number if character.isdigit())
        party |= {"legal_identifier": f"CHE{digits}", "legal_identifier_schemeid": _SWISS_UID}
    if seller.oss_number and category is not Category.OUTSIDE_SCOPE:
        party["tax_identifier"] = seller.oss_number
    party["contacts"] = [
        {
            key: value
            for key, value in (("name", seller.name), ("phone", seller.phone), ("email", seller.email))
            if value
        }
    ]
    return party


def _party(party: Party, category: Category) -> dict[str, Any]:
    facts = {
        "name": _text(party.recipient or party.name),
        "addr_l1": _text(f"{party.street} {party.house_number}"),
        "postcode": _text(party.postcode),
        "city": _text(party.city),
        "country_code": party.country,
    }
    # An invoice outside the scope of VAT names no VAT number, neither ours nor theirs: BR-O-02.
    if party.vat_number and category is not Category.OUTSIDE_SCOPE:
        facts["vat_identifier"] = _text(party.vat_number)
    if party.email:
        facts |= {"einvoicing_addr": party.email, "einvoicing_addr_schemeid": _E_MAIL}
    return {key: value for key, value in facts.items() if value}


def _tax(row: dict[str, Any], currency: str) -> dict[str, Any]:
    category = Category(row["category"])
    facts = {
        "BT-116": _amount(Money(row["net_minor"], currency)),
        "BT-117": _amount(Money(row["tax_minor"], currency)),
        "BT-118": str(category),
        "BT-119": _rate(Decimal(row["rate"]), category),
        "BT-120": str(Tax.from_json(row).explanation),
        "BT-121": row["exemption"],
    }
    return {key: value for key, value in facts.items() if value}


def _line(line: Line, currency: str) -> dict[str, Any]:
    category = Category(line.tax_category)
    unit_price, net = Money(line.unit_price_minor, currency), Money(line.net_minor, currency)
    # A price is never below zero (BR-27): a line that takes money away has a quantity below zero.
    sign = -1 if unit_price.minor < 0 else 1
    facts: dict[str, Any] = {
        "BT-126": str(line.position),
        "BT-129": str(sign * line.quantity),
        "BT-130": _ONE,
        "BT-131": _amount(net),
        **_period([(line.starts_at, line.ends_at)], "BT-134", "BT-135"),
        "BT-133": _text(line.reference) or None,
        "BT-146": str(abs(unit_price.decimal)),
        "BT-151": str(category),
        "BT-152": _rate(line.tax_rate, category),
        "BT-153": _text(line.description) or "–",
    }
    discount = unit_price.times(line.quantity) - net
    if discount:
        kind, code = ("BG-27", _DISCOUNT) if discount.is_positive else ("BG-28", "ZZZ")
        reason = {"reason": _text(line.discount_reason)} if line.discount_reason and code == _DISCOUNT else {}
        facts[kind] = [{"amount": _amount(abs_money(discount)), "reason_code": code, **reason}]
    return {key: value for key, value in facts.items() if value is not None}


def abs_money(amount: Money) -> Money:
    """Return an amount without its sign."""
    return amount if amount.minor >= 0 else -amount


def _rate(percent: Decimal, category: Category) -> str | None:
    # Where no tax exists there is no rate either: BR-O-05.
    return None if category is Category.OUTSIDE_SCOPE else f"{percent.normalize():f}"


def _period(periods: Sequence[tuple[Any, Any]], first: str, last: str) -> dict[str, date]:
    known = [(starts_at, ends_at) for starts_at, ends_at in periods if starts_at and ends_at]
    if not known:
        return {}
    starts_on = min(numbering.civil_date(starts_at) for starts_at, _ in known)
    last_on = max(numbering.civil_date(ends_at) for _, ends_at in known) - timedelta(days=1)
    return {first: starts_on, last: max(starts_on, last_on)}


def _amount(amount: Money) -> str:
    return str(amount.decimal)


def _text(text: str) -> str:
    """Return text without what XML 1.0 cannot hold."""
    kept = (" " if unicodedata.category(one) in ("Cc", "Cs", "Cn") else one for one in text)
    return " ".join("".join(kept).split())
