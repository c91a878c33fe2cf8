"""
ISO 20022: reading what banks send. Which message and version a file is, and where it is wrong.

Elements are found by their local names, since versions differ in their namespaces and little else of what we read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _
from lxml import etree

from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal

#: Messages and versions whose shapes we know.
KNOWN = {
    "camt.053": ("001.02", "001.04", "001.08", "001.10", "001.12"),
    "camt.054": ("001.02", "001.04", "001.08", "001.10", "001.12"),
    "pain.002": ("001.03", "001.10", "001.12"),
}
_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:(\w{4}\.\d{3})\.(\d{3}\.\d{2})$")


class BankFileRefused(Refusal):
    """A file of the bank cannot be read: nothing of it was taken."""

    code = "bank_file_refused"
    sentence = _("Line %(line)s: %(reason)s")
    field = "file"


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was read: `kind` is "camt.053", `version` "001.08"."""

    kind: str
    version: str
    root: etree._Element


def read(content: bytes) -> Message:
    """
    Return the message that a file holds. What a file could make us fetch or expand is not looked at.

    Raises: BankFileRefused, with line and reason.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise BankFileRefused(
            line=error.lineno or 1, reason=_("This is no whole XML file (%s).") % error.msg
        ) from error
    except ValueError as error:
        raise BankFileRefused(line=1, reason=_("This is no whole XML file (%s).") % error) from error
    if root.getroottree().docinfo.doctype:
        raise BankFileRefused(line=1, reason=_("A file with a document type of its own is not read."))
    found = _NAMESPACE.match(etree.QName(root).namespace or "")
    if found is None:
        raise refused(root, _("This is no message of a bank that we know."))
    kind, version = found.groups()
    if version not in KNOWN.get(kind, ()):
        raise refused(root, _("%s is not known here.") % f"{kind}.{version}")
    return Message(kind, version, root)


def refused(element: etree._Element, reason: object) -> BankFileRefused:
    """Return the refusal of a file for what is wrong at an element."""
    return BankFileRefused(line=element.sourceline or 1, reason=reason)


def children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """Yield the children with a local name."""
    return (child for child in element if isinstance(child.tag, str) and etree.QName(child).localname == name)


def find(element: etree._Element, *path: str) -> etree._Element | None:
    """Return the first element at a path of local names, below an element."""
    found: etree._Element | None = element
    for name in path:
        if found is None:
            return None
        found = next(children(found, name), None)
    return found


def text(element: etree._Element | None, *path: str) -> str:
    """Return the text at a path, in one line; nothing where there is none."""
    found = find(element, *path) if element is not None else None
    return " ".join((found.text or "").split()) if found is not None else ""


def amount(element: etree._Element) -> Money:
    """Return the amount that an element says, above zero. Raises: BankFileRefused."""
    try:
        money = Money.of(Decimal((element.text or "").strip()), element.get("Ccy", ""))
    except (InvalidOperation, ValueError) as error:
        raise refused(element, _("“%s” is no amount of money.") % (element.text or "")) from error
    if not money.is_positive:
        raise refused(element, _("“%s” is no amount of money.") % (element.text or ""))
    return money


def day(element: etree._Element | None, parent: etree._Element) -> date:
    """Return the date that a choice of date and time says. Raises: BankFileRefused."""
    said = text(element, "Dt") or text(element, "DtTm")[:10]
    try:
        return date.fromisoformat(said[:10])
    except ValueError as error:
        raise refused(element if element is not None else parent, _("“%s” is no date.") % said) from error
