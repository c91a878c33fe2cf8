"""
Statements: what a camt.053 or camt.054 says has moved on an account, one row for each customer's money.

Banks group: one booking may hold many transactions. Where it details them, each is a row of its own, and they add up.
Source: ISO 20022 camt.053/054; SIX, Implementation Guidelines Cash Management; DK, Anlage 3.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _
from lxml import etree

from plancia.bank import iso20022
from plancia.bank.iso20022 import Message, find, refused, text
from plancia.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Movement:
    """Something that moved on our account. `key` is what tells it from every other, in whichever file it stands."""

    key: str
    account: str
    is_credit: bool
    amount: Money
    booked_on: date
    reference: str
    message: str
    name: str
    iban: str
    end_to_end: str
    return_reason: str
    payment_file: str


_STATEMENTS = {"camt.053": ("BkToCstmrStmt", "Stmt"), "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}


def movements(message: Message) -> list[Movement]:
    """
    Return what has been booked, in the order of the file. What is only announced is left out.

    Raises: BankFileRefused, with line and reason.
    """
    body, statement = _STATEMENTS[message.kind]
    holder = find(message.root, body)
    if holder is None:
        raise refused(message.root, _("“%s” is missing.") % body)
    found: list[Movement] = []
    seen: dict[str, int] = {}
    for one in iso20022.children(holder, statement):
        account = text(one, "Acct", "Id", "IBAN") or text(one, "Acct", "Id", "Othr", "Id")
        if not account:
            raise refused(one, _("“%s” is missing.") % "Acct/Id")
        for entry in iso20022.children(one, "Ntry"):
            found += _entry(entry, account, seen)
    return found


def _entry(entry: etree._Element, account: str, seen: dict[str, int]) -> Iterator[Movement]:
    if (text(entry, "Sts", "Cd") or text(entry, "Sts")) != "BOOK":
        return
    total = _amount(entry)
    is_credit = _is_credit(entry)
    booked_on = iso20022.day(find(entry, "BookgDt"), entry)
    details = [
        detail for group in iso20022.children(entry, "NtryDtls") for detail in iso20022.children(group, "TxDtls")
    ]
    parts = [_detail_amount(detail, total, len(details)) for detail in details]
    if details and any(part.currency != total.currency for part in parts):
        # In the payer's currency: the bank converted, and its booking counts.
        if len(details) > 1:
            raise refused(entry, _("Its transactions are in another currency than the booking."))
        parts = [total]
    if details and Money.total(parts, total.currency) != total:
        raise refused(entry, _("Its transactions do not add up to the booking."))
    bank_reference = text(entry, "AcctSvcrRef")
    for place, (detail, part) in enumerate(zip(details or [entry], parts or [total], strict=True)):
        own = text(detail, "Refs", "AcctSvcrRef") if details else ""
        reference = own or (f"{bank_reference}/{place}" if len(details) > 1 else bank_reference)
        yield _movement(detail, account, is_credit, part, booked_on, reference, seen)


def _movement(
    detail: etree._Element,
    account: str,
    is_credit: bool,
    amount: Money,
    booked_on: date,
    bank_reference: str,
    seen: dict[str, int],
) -> Movement:
    party = find(detail, "RltdPties", "Dbtr" if is_credit else "Cdtr")
    payer_account = find(detail, "RltdPties", "DbtrAcct" if is_credit else "CdtrAcct")
    reference = text(detail, "RmtInf", "Strd", "CdtrRefInf", "Ref").replace(" ", "").upper()
    free = [text(one) for one in iso20022.children(find_or_empty(detail, "RmtInf"), "Ustrd")]
    message = " ".join(part for part in free if part) or text(detail, "AddtlTxInf")
    end_to_end = text(detail, "Refs", "EndToEndId")
    movement = Movement(
        key="",
        account=account,
        is_credit=is_credit,
        amount=amount,
        booked_on=booked_on,
        reference=reference,
        message=message[:500],
        name=(text(party, "Pty", "Nm") or text(party, "Nm"))[:140],
        iban=text(payer_account, "Id", "IBAN"),
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end,
        return_reason=text(detail, "RtrInf", "Rsn", "Cd") or text(detail, "RtrInf", "Rsn", "Prtry"),
        payment_file=text(detail, "Refs", "MsgId") or text(detail, "Refs", "PmtInfId"),
    )
    return _named(movement, bank_reference, seen)


def _named(movement: Movement, bank_reference: str, seen: dict[str, int]) -> Movement:
    """Give a movement its key: the bank's own name for it, else a fingerprint of what it says and its place there."""
    said = [
        movement.account,
        movement.is_credit,
        movement.amount.minor,
        movement.amount.currency,
        movement.booked_on,
    ]
    if bank_reference:
        said.append(bank_reference)
    else:
        said += [movement.reference, movement.message, movement.name, movement.iban, movement.end_to_end]
    plain = "\x1f".join(str(part) for part in said)
    seen[plain] = seen.get(plain, 0) + 1
    key = hashlib.sha256(f"{plain}\x1f{seen[plain]}".encode()).hexdigest()
    return Movement(**{name: getattr(movement, name) for name in Movement.__slots__} | {"key": key})


def find_or_empty(element: etree._Element, name: str) -> etree._Element:
    """Return the first child with a local name, or an element with nothing in it."""
    found = find(element, name)
    return found if found is not None else etree.Element(name)


def _amount(entry: etree._Element) -> Money:
    element = find(entry, "Amt")
    if element is None:
        raise refused(entry, _("“%s” is missing.") % "Amt")
    return iso20022.amount(element)


def _detail_amount(detail: etree._Element, total: Money, number: int) -> Money:
    for path in (("Amt",), ("AmtDtls", "TxAmt", "Amt"), ("AmtDtls", "InstdAmt", "Amt")):
        element = find(detail, *path)
        if element is not None:
            return iso20022.amount(element)
    if number == 1:
        return total
    raise refused(detail, _("“%s” is missing.") % "Amt")


def _is_credit(entry: etree._Element) -> bool:
    said = text(entry, "CdtDbtInd")
    if said not in ("CRDT", "DBIT"):
        raise refused(entry, _("“%s” is missing.") % "CdtDbtInd")
    return said == "CRDT"
