"""Settlement: applying money that came to what is owed on an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.billing import chart, issuing
from plancia.billing.models import Invoice, Settlement
from plancia.billing.states import SettlementKind
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.ledger import posting
from plancia.ledger.posting import Leg
from plancia.organizations.models import Organization
from plancia.payments import chart as payments_chart
from plancia.wallet import prepaid


class Overpaid(Refusal):
    """More than what is open."""

    code = "overpaid"
    sentence = _("Only %(open)s is still open on this invoice; %(amount)s is more.")


class AlreadySettled(Refusal):
    """The same money was applied to the same invoice before."""

    code = "already_settled"
    sentence = _("This payment has already been applied to the invoice.")


@transaction.atomic
def settle(*, invoice_id: UUID, amount: Money, reference: str, at: datetime) -> Invoice:
    """
    Apply money that stands on the incoming account to an invoice, which is paid when nothing is left.

    `reference` begins with the public id of the payment; one reference settles one invoice once.

    Units: `amount` above zero, in the invoice's currency.
    Raises: Overpaid, when it is more than what is open; AlreadySettled; InsufficientFunds, when the money did not come.
    """
    invoice = lock(invoice_id)
    if invoice.settlements.filter(reference=reference).exists():
        raise AlreadySettled()
    due = open_amount(invoice)
    if amount > due:
        raise Overpaid(open=due, amount=amount)

    return _apply(invoice, amount, due, reference=reference, at=at)


@transaction.atomic
def receive(*, invoice_id: UUID, payment: str, amount: Money, at: datetime) -> Money:
    """
    Decide what becomes of a payment that came for an invoice: it settles what is open, the rest is kept.

    Returns what was kept on the prepaid account. Asked again about the same payment, it changes nothing.

    Raises: AlreadyPosted, when the payment was kept as a whole before.
    """
    invoice = lock(invoice_id)
    reference = f"{payment}:applied"
    before = invoice.settlements.filter(reference=reference).first()
    if before:
        return amount - Money(before.amount_minor, invoice.currency)

    due = open_amount(invoice)
    fits = amount.currency == invoice.currency
    applied = min(amount, due) if fits else Money.zero(amount.currency)
    if applied:
        _apply(invoice, applied, due, reference=reference, at=at)
    kept = amount - applied
    if kept:
        prepaid.keep(organization_id=invoice.organization_id, amount=kept, reference=f"{payment}:kept", at=at)
    return kept


def open_amount(invoice: Invoice) -> Money:
    """Return what is still owed on an invoice; nothing on a credit note."""
    if invoice.is_credit_note:
        return Money.zero(invoice.currency)
    settled = invoice.settlements.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    return invoice.total - Money(int(settled), invoice.currency)


def lock(invoice_id: UUID) -> Invoice:
    """Take an invoice, and its organization before it, for this transaction. Raises: Invoice.DoesNotExist."""
    found = lock_all([invoice_id])
    if not found:
        raise Invoice.DoesNotExist
    return found[0]


def lock_all(invoice_ids: Sequence[UUID], *, is_waiting: bool = True) -> list[Invoice]:
    """
    Take invoices, and their organizations before them, for this transaction.

    Where it is not to wait, organizations that somebody else works on are left out with their invoices.
    """
    owners = Invoice.objects.filter(pk__any_of=invoice_ids).values("organization_id")
    wanted = Organization.objects.filter(pk__in=owners).order_by("pk")
    held = {one.pk: one for one in wanted.select_for_update(of=("self",), no_key=True, skip_locked=not is_waiting)}
    invoices = list(Invoice.objects.filter(pk__any_of=invoice_ids, organization__any_of=held.keys()).locked())
    for invoice in invoices:
        invoice.organization = held[invoice.organization_id]
    return invoices


def _apply(invoice: Invoice, amount: Money, due: Money, *, reference: str, at: datetime) -> Invoice:
    if not amount.is_positive:
        raise ValueError(f"{amount} settles nothing")
    organization = invoice.organization
    posting.post(
        reference=f"{invoice.public_id}:{reference}",
        legs=[
            Leg(payments_chart.incoming(organization.public_id, amount.currency), amount),
            Leg(chart.receivable(organization.public_id, amount.currency), -amount),
        ],
        organization_id=organization.pk,
        at=at,
    )
    Settlement.objects.create(
        organization=organization,
        invoice=invoice,
        kind=SettlementKind.PAYMENT,
        reference=reference,
        amount_minor=amount.minor,
        settled_at=at,
    )
    trail.record(
        SYSTEM,
        "invoice.settled",
        invoice.public_id,
        organization_id=organization.pk,
        at=at,
        number=invoice.number,
        amount_minor=amount.minor,
        currency=amount.currency,
        reference=reference,
    )
    if amount == due:
        issuing.pay_off(invoice, at=at)
    return invoice
