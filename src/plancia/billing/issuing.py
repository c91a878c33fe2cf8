"""Issuing: how lines become an invoice in the books."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import chart, events, numbering, parties, references, vat
from plancia.billing.models import Invoice, Line, ProductReference
from plancia.billing.numbering import Number
from plancia.billing.parties import Party, Seller
from plancia.billing.states import InvoiceKind
from plancia.kernel import batches, columns, ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg, Posting
from plancia.organizations.models import Organization
from plancia.outbox import facts


class NothingToBill(Refusal):
    """An invoice without lines."""

    code = "nothing_to_bill"
    sentence = _("There is nothing to bill.")


class BelowZero(Refusal):
    """Discounts outweigh the rest: that would be a credit note, which corrects an invoice."""

    code = "invoice_below_zero"
    sentence = _("An invoice cannot have a total below zero.")


@dataclass(frozen=True, slots=True)
class LineDraft:
    """
    A line to be billed. `subject` is the public id of the product it is about; `discount_reason` says, in the
    customer's language, why it costs less.

    Units: `unit_price` for one unit and the whole period; `net` is what is billed, after discounts.
    """

    description: str
    quantity: int
    unit_price: Money
    net: Money
    subject: str = ""
    price_id: UUID | None = None
    period: Period | None = None
    discount_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDraft:
    """An invoice to be issued. `tax` is the one that was agreed; otherwise it is that of the buyer on the day."""

    organization_id: UUID
    lines: Sequence[LineDraft]
    purpose: str
    buyer: Party
    currency: str
    language: str
    due_on: date
    tax: vat.Tax | None = None


def issue(
    *,
    organization_id: UUID,
    lines: Sequence[LineDraft],
    purpose: str,
    buyer: Party,
    currency: str,
    language: str,
    due_on: date,
    at: datetime,
    actor: Actor,
    tax: vat.Tax | None = None,
) -> Invoice:
    """
    Issue an invoice: number, rows and posting in one transaction; afterwards only its state changes.

    The tax is that of the buyer on the day, unless the caller says which one was agreed. An invoice over nothing is
    paid as it is issued.

    Units: minor units; tax on the sum of net lines, shared back over them.
    Raises: NothingToBill; BelowZero; RateUnknown.
    Source: EN 16931; docs/decisions/0009-vat-as-dated-data.md
    """
    draft = InvoiceDraft(
        organization_id=organization_id,
        lines=lines,
        purpose=purpose,
        buyer=buyer,
        currency=currency,
        language=language,
        due_on=due_on,
        tax=tax,
    )
    return issue_all([draft], at=at, actor=actor)[0]


@batches.unswept()
@transaction.atomic
def issue_all(drafts: Sequence[InvoiceDraft], *, at: datetime, actor: Actor) -> list[Invoice]:
    """
    Issue a batch of invoices, in order: all of it, or nothing. What `issue` says holds for each.

    It costs the same few statements for one invoice and for thousands. The counters of the series stay locked until
    the transaction ends: a batch of some hundreds leaves room for others.

    Raises: as `issue`.
    """
    owners = {draft.organization_id for draft in drafts}
    organizations = {row.pk: row for row in Organization.objects.filter(pk__in=owners).locked()}
    prepared = [_prepared(draft, organizations[draft.organization_id], at=at) for draft in drafts]

    _post(prepared, at=at)
    invoices = _numbered(prepared, at=at)
    _write(invoices, prepared)

    trail.record_all([_remembered(invoice, actor) for invoice in invoices])
    facts.publish_all([_told(invoice) for invoice in invoices])
    for invoice in invoices:
        if not invoice.total:
            pay_off(invoice, at=at)
    return invoices


def pay_off(invoice: Invoice, *, at: datetime) -> None:
    """Mark an invoice, which the caller has locked, as paid, and tell it."""
    invoice.mark_paid(at=at)
    facts.publish(
        events.InvoicePaid(
            organization_id=invoice.organization_id,
            happened_at=at,
            invoice=invoice.public_id,
            number=invoice.number,
            purpose=invoice.purpose,
            total_minor=invoice.total_minor,
            currency=invoice.currency,
        )
    )


def legs(organization: str, net: Money, taxes: Sequence[tuple[str, Money]], entity: str = "") -> list[Leg]:
    """Return the legs that an invoice posts: what is owed, against what was earned and whose tax it is."""
    currency = net.currency
    total = net + Money.total((amount for _country, amount in taxes), currency)
    sides = [
        Leg(chart.receivable(organization, currency), total),
        Leg(chart.revenue(currency, entity), -net),
        *(Leg(chart.tax(country, currency, entity), -amount) for country, amount in taxes),
    ]
    return [leg for leg in sides if leg.amount]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A draft with all that is decided before it has a number."""

    key: UUID
    draft: InvoiceDraft
    organization: Organization
    seller: Seller
    tax: vat.Tax
    totals: vat.Totals


def _prepared(draft: InvoiceDraft, organization: Organization, *, at: datetime) -> _Prepared:
    if not draft.lines:
        raise NothingToBill()
    seller = parties.seller_for(draft.buyer.country)
    tax = draft.tax or vat.tax_for(draft.buyer, on=numbering.civil_date(at), seller=seller)
    totals = vat.totals([line.net for line in draft.lines], tax, draft.currency)
    if totals.total.minor < 0:
        raise BelowZero()
    return _Prepared(ids.new(), draft, organization, seller, tax, totals)


def _post(prepared: Sequence[_Prepared], *, at: datetime) -> None:
    postings = []
    for one in prepared:
        taxes = [(row.tax.country, row.amount) for row in one.totals.by_rate]
        if sides := legs(one.organization.public_id, one.totals.net, taxes, one.seller.code):
            reference = f"{ids.public(Invoice.prefix, one.key)}:issued"
            postings.append(Posting(reference=reference, legs=sides, organization_id=one.organization.pk, at=at))
    if postings:
        posting.post_all(postings)


def _numbered(prepared: Sequence[_Prepared], *, at: datetime) -> list[Invoice]:
    """Give each its number. Series are taken in order of entity, so that two batches wait for each other in turn."""
    issued_on = numbering.civil_date(at)
    numbers = {
        entity: iter(numbering.take_all(InvoiceKind.INVOICE, count, issued_on=issued_on, entity=entity))
        for entity, count in sorted(Counter(one.seller.code for one in prepared).items())
    }
    distinct = {one.seller.code: one.seller for one in prepared}
    sellers = {code: seller.as_json for code, seller in distinct.items()}
    return [
        _invoice(one, next(numbers[one.seller.code]), sellers[one.seller.code], issued_on=issued_on, at=at)
        for one in prepared
    ]


def _invoice(one: _Prepared, number: Number, seller: dict[str, str], *, issued_on: date, at: datetime) -> Invoice:
    draft, totals = one.draft, one.totals
    return Invoice(
        pk=one.key,
        organization=one.organization,
        kind=InvoiceKind.INVOICE,
        entity=one.seller.code,
        series_id=number.series,
        sequence=number.sequence,
        number=number.text,
        purpose=draft.purpose,
        issued_on=issued_on,
        due_on=max(draft.due_on, issued_on),
        language=draft.language,
        currency=draft.currency,
        seller=seller,
        buyer=draft.buyer.as_json,
        net_minor=totals.net.minor,
        tax_minor=totals.tax.minor,
        total_minor=totals.total.minor,
        taxes=[_kept(row) for row in totals.by_rate],
        payment_reference=references.for_invoice(number.text),
        qr_reference=references.for_qr_iban(number.text) if one.seller.qr_iban else "",
        issued_at=at,
    )


def _write(invoices: Sequence[Invoice], prepared: Sequence[_Prepared]) -> None:
    sellers = {invoice.entity: json.dumps(invoice.seller) for invoice in invoices}
    columns.insert(
        Invoice._meta.db_table, _INVOICE, [_invoice_row(invoice, sellers[invoice.entity]) for invoice in invoices]
    )
    for invoice in invoices:
        invoice._state.adding, invoice._state.db = False, transaction.alias()
    wanted = _product_references(prepared)
    rows = [
        _line_row(invoice, position, line, one.tax, amount, wanted.get((invoice.organization_id, line.subject), ""))
        for invoice, one in zip(invoices, prepared, strict=True)
        for position, (line, amount) in enumerate(zip(one.draft.lines, one.totals.line_taxes, strict=True), start=1)
    ]
    columns.insert(Line._meta.db_table, _LINE, rows)


def _product_references(prepared: Sequence[_Prepared]) -> dict[tuple[UUID, str], str]:
    subjects = {line.subject for one in prepared for line in one.draft.lines if line.subject}
    found = ProductReference.objects.filter(
        organization__in={one.organization.pk for one in prepared}, subject__in=subjects
    )
    return {(row.organization_id, row.subject): row.text for row in found} if subjects else {}


_INVOICE = {
    "id": "uuid",
    "organization_id": "uuid",
    "kind": "text",
    "entity": "text",
    "series_id": "text",
    "sequence": "bigint",
    "number": "text",
    "state": "text",
    "purpose": "text",
    "reason": "text",
    "issued_on": "date",
    "due_on": "date",
    "language": "text",
    "currency": "text",
    "seller": "jsonb",
    "buyer": "jsonb",
    "net_minor": "bigint",
    "tax_minor": "bigint",
    "total_minor": "bigint",
    "taxes": "jsonb",
    "payment_reference": "text",
    "qr_reference": "text",
    "issued_at": "timestamptz",
}


def _invoice_row(invoice: Invoice, seller: str) -> tuple[object, ...]:
    """An invoice as it is written. Its seller comes as text, which is the same for a whole batch."""
    return (
        invoice.pk,
        invoice.organization_id,
        str(invoice.kind),
        invoice.entity,
        invoice.series_id,
        invoice.sequence,
        invoice.number,
        str(invoice.state),
        invoice.purpose,
        invoice.reason,
        invoice.issued_on,
        invoice.due_on,
        invoice.language,
        invoice.currency,
        seller,
        json.dumps(invoice.buyer),
        invoice.net_minor,
        invoice.tax_minor,
        invoice.total_minor,
        json.dumps(invoice.taxes),
        invoice.payment_reference,
        invoice.qr_reference,
        invoice.issued_at,
    )


_LINE = {
    "id": "uuid",
    "organization_id": "uuid",
    "invoice_id": "uuid",
    "position": "integer",
    "subject": "text",
    "reference": "text",
    "description": "text",
    "quantity": "integer",
    "unit_price_minor": "bigint",
    "net_minor": "bigint",
    "tax_minor": "bigint",
    "tax_category": "text",
    "tax_rate": "numeric",
    "discount_reason": "text",
    "price_id": "uuid",
    "starts_at": "timestamptz",
    "ends_at": "timestamptz",
}


def _line_row(
    invoice: Invoice, position: int, line: LineDraft, tax: vat.Tax, amount: Money, reference: str
) -> tuple[object, ...]:
    return (
        ids.new(),
        invoice.organization_id,
        invoice.pk,
        position,
        line.subject,
        reference,
        line.description,
        line.quantity,
        line.unit_price.minor,
        line.net.minor,
        amount.minor,
        str(tax.category),
        tax.rate,
        line.discount_reason,
        line.price_id,
        line.period.starts_at if line.period else None,
        line.period.ends_at if line.period else None,
    )


def _kept(row: vat.RateTotal) -> dict[str, object]:
    return {**row.tax.as_json, "net_minor": row.net.minor, "tax_minor": row.amount.minor}


def _remembered(invoice: Invoice, actor: Actor) -> trail.Recorded:
    return trail.entry(
        actor,
        "invoice.issued",
        invoice.public_id,
        organization_id=invoice.organization_id,
        at=invoice.issued_at,
        number=invoice.number,
        total_minor=invoice.total_minor,
        currency=invoice.currency,
    )


def _told(invoice: Invoice) -> events.InvoiceIssued:
    return events.InvoiceIssued(
        organization_id=invoice.organization_id,
        happened_at=invoice.issued_at,
        invoice=invoice.public_id,
        number=invoice.number,
        purpose=invoice.purpose,
        total_minor=invoice.total_minor,
        currency=invoice.currency,
        due_on=invoice.due_on,
    )
