"""Issuing: how lines become an invoice in the books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import chart, events, numbering, parties, references, vat
from plancia.billing.models import Invoice, Line
from plancia.billing.parties import Party
from plancia.billing.states import InvoiceKind
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.periods import Period
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg
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
    A line to be billed. `subject` is the public id of the product it is about.

    Units: `unit_price` for one unit and the whole period; `net` is what is billed, after discounts.
    """

    description: str
    quantity: int
    unit_price: Money
    net: Money
    subject: str = ""
    price_id: UUID | None = None
    period: Period | None = None


@transaction.atomic
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
    organization = Organization.objects.locked().get(pk=organization_id)
    if not lines:
        raise NothingToBill()

    issued_on = numbering.civil_date(at)
    tax = tax or vat.tax_for(buyer, on=issued_on)
    totals = vat.totals([line.net for line in lines], tax, currency)
    if totals.total.minor < 0:
        raise BelowZero()

    key = ids.new()
    _post(key, organization, totals, at=at)
    number = numbering.take(InvoiceKind.INVOICE, issued_on=issued_on)
    invoice: Invoice = Invoice.objects.create(
        pk=key,
        organization=organization,
        kind=InvoiceKind.INVOICE,
        series_id=number.series,
        sequence=number.sequence,
        number=number.text,
        purpose=purpose,
        issued_on=issued_on,
        due_on=max(due_on, issued_on),
        language=language,
        currency=currency,
        seller=parties.seller().as_json,
        buyer=buyer.as_json,
        net_minor=totals.net.minor,
        tax_minor=totals.tax.minor,
        total_minor=totals.total.minor,
        taxes=[_kept(row) for row in totals.by_rate],
        payment_reference=references.for_invoice(number.text),
        issued_at=at,
    )
    Line.objects.bulk_create(
        _line(invoice, position, draft, tax=tax, amount=amount)
        for position, (draft, amount) in enumerate(zip(lines, totals.line_taxes, strict=True), start=1)
    )

    trail.record(
        actor,
        "invoice.issued",
        invoice.public_id,
        organization_id=organization_id,
        at=at,
        number=invoice.number,
        total_minor=invoice.total_minor,
        currency=currency,
    )
    facts.publish(
        events.InvoiceIssued(
            organization_id=organization_id,
            happened_at=at,
            invoice=invoice.public_id,
            number=invoice.number,
            purpose=purpose,
            total_minor=invoice.total_minor,
            currency=currency,
            due_on=invoice.due_on,
        )
    )
    if not totals.total:
        pay_off(invoice, at=at)
    return invoice


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


def legs(organization: str, net: Money, taxes: Sequence[tuple[str, Money]]) -> list[Leg]:
    """Return the legs that an invoice posts: what is owed, against what was earned and whose tax it is."""
    currency = net.currency
    total = net + Money.total((amount for _country, amount in taxes), currency)
    sides = [
        Leg(chart.receivable(organization, currency), total),
        Leg(chart.revenue(currency), -net),
        *(Leg(chart.tax(country, currency), -amount) for country, amount in taxes),
    ]
    return [leg for leg in sides if leg.amount]


def _post(key: UUID, organization: Organization, totals: vat.Totals, *, at: datetime) -> None:
    taxes = [(row.tax.country, row.amount) for row in totals.by_rate]
    sides = legs(organization.public_id, totals.net, taxes)
    if sides:
        posting.post(
            reference=f"{ids.public(Invoice.prefix, key)}:issued", legs=sides, organization_id=organization.pk, at=at
        )


def _kept(row: vat.RateTotal) -> dict[str, object]:
    return {
        "category": str(row.tax.category),
        "rate": str(row.tax.rate),
        "country": row.tax.country,
        "exemption": row.tax.exemption,
        "net_minor": row.net.minor,
        "tax_minor": row.amount.minor,
    }


def _line(invoice: Invoice, position: int, draft: LineDraft, *, tax: vat.Tax, amount: Money) -> Line:
    return Line(
        organization_id=invoice.organization_id,
        invoice=invoice,
        position=position,
        subject=draft.subject,
        description=draft.description,
        quantity=draft.quantity,
        unit_price_minor=draft.unit_price.minor,
        net_minor=draft.net.minor,
        tax_minor=amount.minor,
        tax_category=tax.category,
        tax_rate=tax.rate,
        price_id=draft.price_id,
        starts_at=draft.period.starts_at if draft.period else None,
        ends_at=draft.period.ends_at if draft.period else None,
    )
