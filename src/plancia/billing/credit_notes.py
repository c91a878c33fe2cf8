"""Credit notes: how an invoice is taken back, whole or in part. It is never edited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import chart, events, issuing, numbering, settlement, vat
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
    """A credit note, or an invoice that has been taken back."""

    code = "not_creditable"
    sentence = _("%(number)s cannot be credited: it has been, or it is a credit note itself.")


class CreditBeyond(Refusal):
    """More than what a line billed and no credit note took back yet, or nothing at all."""

    code = "credit_beyond"
    sentence = _("Of “%(line)s”, up to %(left)s can be credited.")


class NothingToCredit(Refusal):
    """A credit note over nothing."""

    code = "nothing_to_credit"
    sentence = _("Please say for at least one line how much is credited.")


class CreditedMeanwhile(Refusal):
    """Somebody, or the same form sent twice, took something back after the amounts were shown."""

    code = "credited_meanwhile"
    sentence = _("Meanwhile %(amount)s of this invoice was credited. Please look at what is left.")


@transaction.atomic
def credit(
    *,
    invoice_id: UUID,
    reason: str,
    actor: Actor,
    at: datetime,
    nets: Mapping[UUID, Money] | None = None,
    seen: Money | None = None,
) -> Invoice:
    """
    Take an invoice back with a credit note, which is returned: what is left of it, or of some lines so much.

    What was open is owed no more; what was paid goes to the prepaid account. The taxes of all credit notes of an
    invoice together are those of what they take back.

    Who decides on amounts that were shown says what had been credited then, net (`seen`): sent twice, it is done once.

    Units: `nets` by line, in the sign of the line; the credit note's amounts mean money that we owe.
    Raises: NotCreditable; CreditedMeanwhile; NothingToCredit; CreditBeyond.
    Source: EN 16931, type 381; docs/decisions/0010-documents.md
    """
    invoice = settlement.lock(invoice_id)
    if invoice.is_credit_note or invoice.state == InvoiceState.CREDITED:
        raise NotCreditable(number=invoice.number)

    before = credited_so_far(invoice)
    if seen is not None and seen != before.net:
        raise CreditedMeanwhile(amount=before.net)
    lines = list(invoice.lines.order_by("position"))
    left = left_of(lines)
    parts = _parts(lines, left, nets)
    is_whole = all(parts.get(line.pk, Money.zero(invoice.currency)) == left[line.pk] for line in lines)
    amounts = _amounts(invoice, before, Money.total(parts.values(), invoice.currency), is_whole=is_whole)

    due = settlement.open_amount(invoice)
    note = _write(invoice, lines, parts, amounts, reason=reason, at=at)
    forgiven = min(due, note.total)
    paid = note.total - forgiven
    _reverse(invoice, note, paid, at=at)
    if forgiven:
        Settlement.objects.create(
            organization_id=invoice.organization_id,
            invoice=invoice,
            kind=SettlementKind.CREDIT,
            reference=note.public_id,
            amount_minor=forgiven.minor,
            settled_at=at,
        )
    if is_whole:
        invoice.mark_credited()
    elif forgiven and forgiven == due:
        issuing.pay_off(invoice, at=at)
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
            is_whole=is_whole,
        )
    )
    return note


def left_of(lines: Sequence[Line]) -> dict[UUID, Money]:
    """Return what no credit note took back yet of each line of an invoice, net."""
    if not lines:
        return {}
    currency = lines[0].invoice.currency
    rows = Line.objects.filter(corrects__in=[line.pk for line in lines]).order_by().values("corrects")
    credited = {row["corrects"]: int(row["sum"]) for row in rows.annotate(sum=Sum("net_minor"))}
    return {line.pk: Money(line.net_minor - credited.get(line.pk, 0), currency) for line in lines}


@dataclass(frozen=True, slots=True)
class Amounts:
    """Net and tax, of a credit note or of all of an invoice."""

    net: Money
    tax: Money


def credited_so_far(invoice: Invoice) -> Amounts:
    """Return what the credit notes of an invoice took back together."""
    sums = invoice.corrections.aggregate(net=Sum("net_minor"), tax=Sum("tax_minor"))
    return Amounts(Money(int(sums["net"] or 0), invoice.currency), Money(int(sums["tax"] or 0), invoice.currency))


def worth(*, invoice_id: UUID, nets: Mapping[UUID, Money]) -> Amounts:
    """
    Return what a credit note over these parts of an invoice's lines would be worth, without writing it.

    Raises: as `credit`.
    """
    invoice: Invoice = Invoice.objects.get(pk=invoice_id)
    if invoice.is_credit_note or invoice.state == InvoiceState.CREDITED:
        raise NotCreditable(number=invoice.number)
    lines = list(invoice.lines.order_by("position"))
    left = left_of(lines)
    parts = _parts(lines, left, nets)
    is_whole = all(parts.get(line.pk, Money.zero(invoice.currency)) == left[line.pk] for line in lines)
    net = Money.total(parts.values(), invoice.currency)
    return _amounts(invoice, credited_so_far(invoice), net, is_whole=is_whole)


def _parts(lines: Sequence[Line], left: Mapping[UUID, Money], nets: Mapping[UUID, Money] | None) -> dict[UUID, Money]:
    if nets is None:
        return dict(left)
    parts = {key: amount for key, amount in nets.items() if amount}
    names = {line.pk: line.description for line in lines}
    if not parts or not names.keys() >= parts.keys():
        raise NothingToCredit()
    for key, amount in parts.items():
        if abs(amount.minor) > abs(left[key].minor) or amount.minor * left[key].minor < 0:
            raise CreditBeyond(line=names[key], left=left[key])
    if sum(amount.minor for amount in parts.values()) < 0:
        raise NothingToCredit()
    return parts


def _amounts(invoice: Invoice, before: Amounts, net: Money, *, is_whole: bool) -> Amounts:
    """The tax of a part is what all parts so far make, less what those before made: nothing is lost by rounding."""
    if is_whole:
        return Amounts(invoice.net - before.net, invoice.tax - before.tax)
    (row,) = invoice.taxes
    together = (before.net + net).times(Fraction(Decimal(row["rate"])) / 100)
    return Amounts(net, min(together, invoice.tax) - before.tax)


def _write(
    invoice: Invoice,
    lines: Sequence[Line],
    parts: Mapping[UUID, Money],
    amounts: Amounts,
    *,
    reason: str,
    at: datetime,
) -> Invoice:
    issued_on = numbering.civil_date(at)
    number = numbering.take(InvoiceKind.CREDIT_NOTE, issued_on=issued_on, entity=invoice.entity)
    net, tax = amounts.net, amounts.tax
    note: Invoice = Invoice.objects.create(
        organization_id=invoice.organization_id,
        kind=InvoiceKind.CREDIT_NOTE,
        entity=invoice.entity,
        series_id=number.series,
        sequence=number.sequence,
        number=number.text,
        state=InvoiceState.PAID,
        paid_at=at,
        purpose=invoice.purpose,
        corrects=invoice,
        reason=reason,
        issued_on=issued_on,
        due_on=issued_on,
        language=invoice.language,
        currency=invoice.currency,
        seller=invoice.seller,
        buyer=invoice.buyer,
        net_minor=net.minor,
        tax_minor=tax.minor,
        total_minor=(net + tax).minor,
        taxes=[{**row, "net_minor": net.minor, "tax_minor": tax.minor} for row in invoice.taxes],
        payment_reference="",
        issued_at=at,
    )
    taken = [line for line in lines if line.pk in parts and (parts[line.pk] or not line.net_minor)]
    factor = Fraction(Decimal(invoice.taxes[0]["rate"])) / 100
    shares = vat.shared([parts[line.pk] for line in taken], tax, factor)
    Line.objects.bulk_create(
        _copy(line, note, position, parts[line.pk], share)
        for position, (line, share) in enumerate(zip(taken, shares, strict=True), start=1)
    )
    return note


def _copy(line: Line, note: Invoice, position: int, net: Money, tax: Money) -> Line:
    """A line that takes another back: as it was where it is taken back whole, else one piece of so much."""
    copied = {
        field.attname: getattr(line, field.attname)
        for field in Line._meta.concrete_fields
        if field.name not in ("id", "invoice", "position", "net_minor", "tax_minor", "corrects")
    }
    if net.minor != line.net_minor:
        copied |= {"quantity": 1, "unit_price_minor": net.minor, "discount_reason": ""}
    return Line(
        invoice=note, position=position, net_minor=net.minor, tax_minor=tax.minor, corrects_id=line.pk, **copied
    )


def _reverse(invoice: Invoice, note: Invoice, paid: Money, *, at: datetime) -> None:
    organization = invoice.organization
    taxes = [(row["country"], Money(row["tax_minor"], note.currency)) for row in note.taxes]
    sides = issuing.legs(organization.public_id, note.net, taxes, invoice.entity)
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
