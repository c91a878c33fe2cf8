"""
Documents: an invoice as the customer gets it, rendered once and kept.

Source: docs/decisions/0010-documents.md
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils import translation

from plancia.billing import attachments, parties, queries, settlement, typesetting
from plancia.billing.issuing import LineDraft
from plancia.billing.models import Document, Invoice
from plancia.billing.papers import Paper, PaperKind, PaperLine, PaperPayment, PaperTax
from plancia.billing.parties import Party, Seller
from plancia.billing.vat import Totals
from plancia.kernel import transaction

_TEMPLATE = "invoice.typ"


@dataclass(frozen=True, slots=True)
class ProForma:
    """What somebody may pay before there is an invoice: an open order, or a choice of renewals."""

    number: str
    issued_on: date
    due_on: date | None
    language: str
    buyer: Party
    lines: Sequence[LineDraft]
    totals: Totals
    reference: str


def pdf(invoice: Invoice) -> bytes:
    """
    Return the PDF of an invoice or credit note: rendered when first asked for, and the same ever after.

    Not to be called where locks are held: rendering takes tens of milliseconds.
    """
    kept = Document.objects.filter(invoice=invoice).values_list("content", flat=True).first()
    return bytes(kept) if kept is not None else _keep(invoice, render(invoice))


def render(invoice: Invoice) -> bytes:
    """Return an invoice or credit note as PDF/A-3b with its EN 16931 data inside, as it stands now."""
    # Here, as its libraries take most of a second to import, and few processes ever print.
    from plancia.billing import electronic_invoices

    lines = list(invoice.lines.order_by("position"))
    with translation.override(invoice.language):
        paper = paper_of(invoice)
        page = typesetting.compile_pdf(_TEMPLATE, paper.facts(), on=invoice.issued_on)
        data = electronic_invoices.xml(invoice, lines, paid=paper.total - paper.open)
        return attachments.attach(page, data, on=invoice.issued_on)


def pro_forma(facts: ProForma) -> bytes:
    """Return a pro forma as PDF/A-3b, with a QR-bill where one is possible. It is kept nowhere: it is no invoice."""
    with translation.override(facts.language):
        return typesetting.compile_pdf(_TEMPLATE, paper_of_pro_forma(facts).facts(), on=facts.issued_on)


def quote(facts: ProForma) -> bytes:
    """Return a quote as PDF/A-3b: `due_on` is until when it holds, `reference` the link to order by. Kept nowhere."""
    with translation.override(facts.language):
        paper = replace(paper_of_pro_forma(facts), kind=PaperKind.QUOTE)
        return typesetting.compile_pdf(_TEMPLATE, paper.facts(), on=facts.issued_on)


def paper_of(invoice: Invoice) -> Paper:
    """Return what the document of an invoice says, in the language in force."""
    settled = [] if invoice.is_credit_note else queries.settlements(invoice)
    return Paper(
        kind=PaperKind(invoice.kind),
        number=invoice.number,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        language=invoice.language,
        seller=Seller.from_json(invoice.seller),
        buyer=Party.from_json(invoice.buyer),
        lines=[_line(row) for row in queries.lines(invoice)],
        net=invoice.net,
        taxes=[
            PaperTax(row.rate, row.country, row.net, row.tax, str(row.explanation)) for row in queries.tax_rows(invoice)
        ],
        total=invoice.total,
        open=settlement.open_amount(invoice),
        payments=[PaperPayment(row.amount, row.settled_at, str(row.label)) for row in settled],
        reference=invoice.payment_reference,
        corrects=(invoice.corrects.number, invoice.corrects.issued_on) if invoice.corrects else None,
        qr_reference=invoice.qr_reference,
        reason=invoice.reason,
        is_part=invoice.corrects is not None and invoice.corrects.total_minor != invoice.total_minor,
    )


def paper_of_pro_forma(facts: ProForma) -> Paper:
    """Return what a pro forma says, in the language in force."""
    (rate,) = {row.tax.rate for row in facts.totals.by_rate}
    return Paper(
        kind=PaperKind.PRO_FORMA,
        number=facts.number,
        issued_on=facts.issued_on,
        due_on=facts.due_on,
        language=facts.language,
        seller=parties.seller_for(facts.buyer.country),
        buyer=facts.buyer,
        lines=[_drafted(draft, rate) for draft in facts.lines],
        net=facts.totals.net,
        taxes=[
            PaperTax(row.tax.rate, row.tax.country, row.net, row.amount, str(row.tax.explanation))
            for row in facts.totals.by_rate
        ],
        total=facts.totals.total,
        open=facts.totals.total,
        payments=[],
        reference=facts.reference,
        corrects=None,
    )


def _keep(invoice: Invoice, content: bytes) -> bytes:
    # Two who ask first at once both render; the first to write decides what everybody gets.
    with transaction.atomic():
        Document.objects.bulk_create(
            [
                Document(
                    organization_id=invoice.organization_id,
                    invoice=invoice,
                    content=content,
                    sha256=hashlib.sha256(content).hexdigest(),
                )
            ],
            ignore_conflicts=True,
        )
        return bytes(Document.objects.values_list("content", flat=True).get(invoice=invoice))


def _line(row: queries.LineRow) -> PaperLine:
    return PaperLine(
        description=row.description,
        quantity=row.quantity,
        unit_price=row.unit_price,
        net=row.net,
        discount=row.discount,
        rate=row.tax_rate,
        starts_on=row.starts_on,
        last_on=row.last_on,
        reference=row.reference,
        discount_reason=row.discount_reason,
    )


def _drafted(draft: LineDraft, rate: Decimal) -> PaperLine:
    return PaperLine(
        description=draft.description,
        quantity=draft.quantity,
        unit_price=draft.unit_price,
        net=draft.net,
        discount=draft.unit_price.times(draft.quantity) - draft.net,
        rate=rate,
        # Before it is paid nobody knows on which day it begins.
        starts_on=None,
        last_on=None,
        discount_reason=draft.discount_reason,
    )
