"""Papers: what an invoice, a credit note or a pro forma says, in the customer's language, before it is typeset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from plancia.billing import epc_codes, numbering, qr_bills, references
from plancia.billing.parties import Party, Seller
from plancia.billing.wording import Wording
from plancia.kernel.money import Money


class PaperKind(StrEnum):
    """What a paper is. Invoices and credit notes are documents of the law, a pro forma is not."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    PRO_FORMA = "pro_forma"
    QUOTE = "quote"

    @property
    def heading(self) -> str | Promise:
        """The heading, with a place for the number."""
        return _TITLES[self]


_TITLES = {
    PaperKind.INVOICE: gettext_lazy("Invoice %(number)s"),
    PaperKind.CREDIT_NOTE: gettext_lazy("Credit note %(number)s"),
    PaperKind.PRO_FORMA: gettext_lazy("Pro forma for order %(number)s"),
    PaperKind.QUOTE: gettext_lazy("Quote %(number)s"),
}


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line. Units: `rate` in percent; `discount` is what `net` is less than price times quantity."""

    description: str
    quantity: int
    unit_price: Money
    net: Money
    discount: Money
    rate: Decimal
    starts_on: date | None
    last_on: date | None
    reference: str = ""
    discount_reason: str = ""


@dataclass(frozen=True, slots=True)
class PaperTax:
    """What one rate makes of it. `explanation` says why nothing is charged."""

    rate: Decimal
    country: str
    net: Money
    tax: Money
    explanation: str


@dataclass(frozen=True, slots=True)
class PaperPayment:
    """Money that came, or was taken back."""

    amount: Money
    at: datetime
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What a document says. It is written in the language in force: `translation.override(paper.language)`."""

    kind: PaperKind
    number: str
    issued_on: date
    due_on: date | None
    language: str
    seller: Seller
    buyer: Party
    lines: Sequence[PaperLine]
    net: Money
    taxes: Sequence[PaperTax]
    total: Money
    open: Money
    payments: Sequence[PaperPayment]
    reference: str
    corrects: tuple[str, date] | None
    qr_reference: str = ""
    reason: str = ""
    is_part: bool = False

    @property
    def title(self) -> str:
        """The heading."""
        return str(self.kind.heading) % {"number": self.number}

    @property
    def asks_for_money(self) -> bool:
        """Whether the reader is to pay something: a paid invoice must not invite a second payment."""
        return self.kind not in (PaperKind.CREDIT_NOTE, PaperKind.QUOTE) and self.open.is_positive

    def facts(self) -> dict[str, Any]:
        """Return everything the template prints."""
        wording = Wording.of(self.language, self.buyer.country)
        return {
            "title": self.title,
            "subtitle": self._subtitle(wording),
            "language": wording.locale.language,
            "accent": self.seller.accent,
            "seller": self._seller(wording),
            "recipient": {
                "name": self.buyer.recipient or self.buyer.name,
                "lines": wording.address(self.buyer, home=self.seller.country),
            },
            "facts": self._facts(wording),
            "columns": [
                _("Description"),
                _("Quantity"),
                _("Unit price"),
                _("VAT"),
                _("Net %(currency)s") % {"currency": self.total.currency},
            ],
            "lines": [self._line(line, wording) for line in self.lines],
            "totals": self._totals(wording),
            "notice": self._notice(wording),
            "remarks": self._remarks(wording),
            "footer": self._footer(),
            "words": {"folio": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"}},
            "slip": self._slip(),
        }

    def _subtitle(self, wording: Wording) -> str:
        if self.corrects:
            number, issued_on = self.corrects
            words = {"number": number, "date": wording.day(issued_on)}
            if self.is_part:
                return _("Takes back a part of invoice %(number)s of %(date)s.") % words
            return _("Takes back invoice %(number)s of %(date)s.") % words
        if self.kind is PaperKind.PRO_FORMA:
            return _("This is not an invoice. You get the invoice when your payment has arrived.")
        return ""

    def _seller(self, wording: Wording) -> dict[str, Any]:
        street = f"{self.seller.street} {self.seller.house_number}".strip()
        town = f"{self.seller.postcode} {self.seller.city}"
        return {
            "name": self.seller.name,
            "sender": " · ".join((self.seller.name, street, town)),
            "lines": [
                line
                for line in (
                    street,
                    f"{self.seller.country}-{town}",
                    self.seller.website,
                    self.seller.email,
                    self.seller.phone,
                )
                if line
            ],
        }

    def _facts(self, wording: Wording) -> list[list[str]]:
        facts = [[_("Date"), wording.day(self.issued_on)]]
        if self.asks_for_money and self.due_on:
            facts.append([_("Payable by (date)"), wording.day(self.due_on)])
        if self.kind is PaperKind.QUOTE and self.due_on:
            facts.append([_("Valid until"), wording.day(self.due_on)])
        if self.buyer.vat_number:
            facts.append([_("Your VAT number"), self.buyer.vat_number])
        facts.append([_("Our VAT number"), self.seller.vat_number])
        if self.kind is PaperKind.CREDIT_NOTE and self.reason:
            facts.append([_("Reason"), self.reason])
        return facts

    def _line(self, line: PaperLine, wording: Wording) -> dict[str, Any]:
        details = []
        if line.reference:
            details.append(_("Your reference: %(reference)s") % {"reference": line.reference})
        if line.starts_on and line.last_on:
            details.append(f"{wording.short_day(line.starts_on)} – {wording.short_day(line.last_on)}")
        if line.discount.is_positive:
            discount = _("Discount %(amount)s") % {"amount": wording.money(line.discount)}
            details.append(f"{discount} · {line.discount_reason}" if line.discount_reason else discount)
        return {
            "description": line.description,
            "details": details,
            "quantity": wording.number(line.quantity),
            "price": wording.amount(line.unit_price),
            "rate": wording.percent(line.rate),
            "net": wording.amount(line.net),
        }

    def _totals(self, wording: Wording) -> list[dict[str, str]]:
        rows = [{"kind": "part", "label": _("Net total"), "amount": wording.money(self.net)}]
        for tax in self.taxes:
            words = {"rate": wording.percent(tax.rate), "net": wording.money(tax.net)}
            label = _("VAT %(rate)s on %(net)s") % words
            rows.append({"kind": "part", "label": label, "amount": wording.money(tax.tax)})
        label = _("Credited in total") if self.kind is PaperKind.CREDIT_NOTE else _("Total")
        rows.append({"kind": "total", "label": label, "amount": wording.money(self.total)})
        if self.payments and self.open:
            rows.append({"kind": "part", "label": _("Already paid"), "amount": wording.money(self.total - self.open)})
            rows.append({"kind": "part", "label": _("Still open"), "amount": wording.money(self.open)})
        return rows

    def _notice(self, wording: Wording) -> dict[str, Any]:
        if self.kind is PaperKind.CREDIT_NOTE:
            return {"title": "", "lines": [_("There is nothing to pay. What you had paid is on your prepaid account.")]}
        if self.kind is PaperKind.QUOTE:
            return {"title": _("To order at these prices, open this link."), "lines": [self.reference]}
        if self.asks_for_money:
            # At home the payment part says the account; abroad few banks know it.
            is_on_slip = self.buyer.country in ("CH", "LI") and qr_bills.is_possible(self.seller, self.open)
            return {
                "title": self._request(wording),
                "lines": [] if is_on_slip else self._account(),
                "raw_code": epc_codes.svg(self.seller, self.open, self.reference) if self._has_epc_code() else "",
                "scan": _("Scan with your banking app"),
            }
        lines = [
            _("%(amount)s on %(date)s: %(method)s")
            % {
                "amount": wording.money(payment.amount),
                "date": wording.day(numbering.civil_date(payment.at)),
                "method": payment.label,
            }
            for payment in self.payments
        ]
        return {"title": _("Paid. Thank you."), "lines": lines or [_("There is nothing to pay.")]}

    def _request(self, wording: Wording) -> str:
        amount = wording.money(self.open)
        if self.due_on is None:
            return _("Please pay %(amount)s.") % {"amount": amount}
        return _("Please pay %(amount)s by %(date)s.") % {"amount": amount, "date": wording.day(self.due_on)}

    def _account(self) -> list[list[str]]:
        return [
            [_("Account holder"), self.seller.name],
            ["IBAN", references.printed(self.seller.iban)],
            [_("Reference"), references.printed(self.reference)],
        ]

    def _remarks(self, wording: Wording) -> list[str]:
        remarks = [tax.explanation for tax in self.taxes if tax.explanation]
        for tax in self.taxes:
            if tax.tax and self.seller.oss_number and tax.country not in (self.seller.country, "LI"):
                country = wording.country(tax.country)
                remarks.append(
                    _("VAT of %(country)s, paid through the One Stop Shop of the European Union (%(number)s).")
                    % {"country": country, "number": self.seller.oss_number}
                )
        return remarks

    def _footer(self) -> list[str]:
        return [self.seller.name, self.seller.vat_number, f"IBAN {references.printed(self.seller.iban)}"]

    def _slip(self) -> dict[str, Any] | None:
        if not self.asks_for_money or self._has_epc_code():
            return None
        return qr_bills.facts(
            seller=self.seller,
            buyer=self.buyer,
            amount=self.open,
            reference=self.reference,
            message=self.number,
            language=self.language,
            qr_reference=self.qr_reference,
        )

    def _has_epc_code(self) -> bool:
        return self.asks_for_money and epc_codes.is_wanted(self.seller, self.buyer, self.open)
