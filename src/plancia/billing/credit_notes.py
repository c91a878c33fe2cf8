"""Credit notes: how an invoice is taken back. It is never edited."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import chart, events, issuing, numbering, settlement
from plancia.billing.models import Invoice, Line, Settlement
from plancia.billing.states import InvoiceKind, InvoiceState, SettlementKind
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg
from plancia.outbox import facts
from plancia.payments import chart as payments_chart
from plancia.wallet import prepaid


class NotCreditable(Refusal):
    """A credit note, or an invoice that has one."""

    code = "not_creditable"
    sentence = _("%(number)s cannot be credited: it has been, or it is a credit note itself.")


@transaction.atomic
def credit(*, invoice_id: UUID, reason: str, actor: Actor, at: datetime) -> Invoice:
    """
    Take a whole invoice back with a credit note, which is returned.

    What was open is owed no more; what was paid goes to the prepaid account.

    Units: the credit note's amounts are positive and mean money that we owe.
    Raises: NotCreditable.
    Source: EN 16931, type 381; docs/decisions/0010-documents.md
    """
    invoice = settlement.lock(invoice_id)
    if invoice.is_credit_note or invoice.state == InvoiceState.CREDITED:
        raise NotCreditable(number=invoice.number)

    due = settlement.open_amount(invoice)
    paid = invoice.total - due
    note = _write(invoice, at=at)
    _reverse(invoice, note, paid, at=at)
    if due:
        Settlement.objects.create(
            organization_id=invoice.organization_id,
            invoice=invoice,
            kind=SettlementKind.CREDIT,
            reference=note.public_id,
            amount_minor=due.minor,
            settled_at=at,
        )
    invoice.mark_credited()
    if paid:
        prepaid.keep(organization_id=invoice.organization_id, amount=paid, reference=f"{note.public_id}:kept", at=at)

    trail.record(
        actor,
        "invoice.credited",
        invoice.public_id,
        organization_id=invoice.organization_id,
        at=at,
        number=invoice.number,
        credit_note=note.number,
        reason=reason,
    )
    facts.publish(
        events.CreditNoteIssued(
            organization_id=invoice.organization_id,
            happened_at=at,
            credit_note=note.public_id,
            number=note.number,
            invoice=invoice.public_id,
            purpose=invoice.purpose,
            total_minor=note.total_minor,
            returned_minor=paid.minor,
            currency=note.currency,
        )
    )
    return note


def _write(invoice: Invoice, *, at: datetime) -> Invoice:
    issued_on = numbering.civil_date(at)
    number = numbering.take(InvoiceKind.CREDIT_NOTE, issued_on=issued_on)
    note: Invoice = Invoice.objects.create(
        organization_id=invoice.organization_id,
        kind=InvoiceKind.CREDIT_NOTE,
        series_id=number.series,
        sequence=number.sequence,
        number=number.text,
        state=InvoiceState.PAID,
        paid_at=at,
        purpose=invoice.purpose,
        corrects=invoice,
        issued_on=issued_on,
        due_on=issued_on,
        language=invoice.language,
        currency=invoice.currency,
        seller=invoice.seller,
        buyer=invoice.buyer,
        net_minor=invoice.net_minor,
        tax_minor=invoice.tax_minor,
        total_minor=invoice.total_minor,
        taxes=invoice.taxes,
        payment_reference="",
        issued_at=at,
    )
    Line.objects.bulk_create(_copy(line, note) for line in invoice.lines.order_by("position"))
    return note


def _copy(line: Line, note: Invoice) -> Line:
    copied = {
        field.attname: getattr(line, field.attname)
        for field in Line._meta.concrete_fields
        if field.name not in ("id", "invoice")
    }
    return Line(invoice=note, **copied)


def _reverse(invoice: Invoice, note: Invoice, paid: Money, *, at: datetime) -> None:
    organization = invoice.organization
    taxes = [(row["country"], Money(row["tax_minor"], invoice.currency)) for row in invoice.taxes]
    sides = issuing.legs(organization.public_id, invoice.net, taxes)
    if sides:
        posting.post(
            reference=f"{note.public_id}:issued",
            legs=[Leg(leg.code, -leg.amount) for leg in sides],
            organization_id=organization.pk,
            at=at,
        )
    if paid:
        posting.post(
            reference=f"{note.public_id}:returned",
            legs=[
                Leg(chart.receivable(organization.public_id, paid.currency), paid),
                Leg(payments_chart.incoming(organization.public_id, paid.currency), -paid),
            ],
            organization_id=organization.pk,
            at=at,
        )
