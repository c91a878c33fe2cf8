from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.db.models import BigIntegerField, Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from plancia.billing import numbering, vat_rules
from plancia.billing.models import Invoice, Line, Settlement
from plancia.billing.parties import Party, Seller
from plancia.billing.states import InvoiceKind, InvoiceState, SettlementKind
from plancia.billing.vat import Tax
from plancia.billing.vat_rules import Code
from plancia.kernel import ids, pages
from plancia.kernel.money import Money
from plancia.kernel.pages import Page
from plancia.kernel.prepared import prepared
from plancia.payments.methods import Method
from plancia.payments.models import Payment


class Filter(StrEnum):
    """Which invoices a list shows."""

    ALL = "all"
    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDIT_NOTES = "credit-notes"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _FILTERS[self]


_FILTERS = {
    Filter.ALL: pgettext_lazy("invoices", "All"),
    Filter.OPEN: pgettext_lazy("invoices", "Open"),
    Filter.OVERDUE: pgettext_lazy("invoices", "Overdue"),
    Filter.PAID: pgettext_lazy("invoices", "Paid"),
    Filter.CREDIT_NOTES: _("Credit notes"),
}


class Standing(StrEnum):
    """What a customer needs to know of an invoice at a glance."""

    OPEN = "open"
    OVERDUE = "overdue"
    PAID = "paid"
    CREDITED = "credited"
    CREDIT_NOTE = "credit_note"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _STANDINGS[self]


_STANDINGS = {
    Standing.OPEN: pgettext_lazy("invoice", "Open"),
    Standing.OVERDUE: _("Overdue"),
    Standing.PAID: _("Paid"),
    Standing.CREDITED: _("Credited"),
    Standing.CREDIT_NOTE: _("Credit note"),
}


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice, or a credit note, in a list. Units: `open` is what is still owed."""

    public_id: str
    number: str
    standing: Standing
    is_credit_note: bool
    issued_on: date
    due_on: date
    paid_at: datetime | None
    total: Money
    open: Money
    purpose: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of an invoice, with what explains its amount: price, quantity, discount, period, tax."""

    subject: str
    reference: str
    description: str
    quantity: int
    unit_price: Money
    gross: Money
    discount: Money
    discount_reason: str
    net: Money
    tax: Money
    tax_rate: Decimal
    price_id: UUID | None
    starts_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class TaxRow:
    """What one rate makes of an invoice, by which rule and which law. Units: `rate` in percent."""

    rate: Decimal
    country: str
    net: Money
    tax: Money
    explanation: str | Promise
    rule: str | Promise
    source: str


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """What settled an invoice: `label` says the payment method, or that a credit note did."""

    amount: Money
    settled_at: datetime
    label: str | Promise


@dataclass(frozen=True, slots=True)
class CreditRow:
    """A credit note of an invoice."""

    public_id: str
    number: str
    total: Money


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """
    An invoice whole, as its page shows it.

    `corrects` is (public id, number) of what a credit note takes back; `corrected_by` are an invoice's credit notes.
    """

    row: InvoiceRow
    seller: Seller
    buyer: Party
    language: str
    net: Money
    tax: Money
    lines: list[LineRow]
    taxes: list[TaxRow]
    settlements: list[SettlementRow]
    payment_reference: str
    reason: str
    corrects: tuple[str, str] | None
    corrected_by: list[CreditRow]


def invoices(
    organization_id: UUID,
    *,
    at: datetime,
    filter: Filter = Filter.ALL,
    search: str = "",
    page: int = 1,
    size: int = pages.SIZE,
) -> Page[InvoiceRow]:
    """Return a page of an organization's invoices and credit notes, the newest first, in two queries."""
    today = numbering.civil_date(at)
    if filter is Filter.ALL and not search.strip() and page <= 1 and size == pages.SIZE:
        total = sum(count for (count,) in _count(organization_id=organization_id))
        rows = [row_of(invoice, today) for invoice in _first(organization_id=organization_id)]
        return Page(rows, number=1, size=size, total=total)
    found = narrowed(organization_id, filter=filter, search=search, at=at)
    return pages.page_of(listed(found), lambda invoice: row_of(invoice, today), number=page, size=size)


def narrowed(organization_id: UUID, *, filter: Filter, search: str, at: datetime) -> QuerySet[Invoice]:
    """Return an organization's invoices and credit notes that fit a filter and a piece of their number."""
    found = Invoice.objects.filter(_condition(filter, numbering.civil_date(at)), organization_id=organization_id)
    return found.filter(number__icontains=search.strip()) if search.strip() else found


def listed(found: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Read what a row of a list needs, the newest first."""
    return with_open(found).defer("seller", "buyer", "taxes").order_by("-issued_on", "-pk")


@prepared
def _first(*, organization_id: UUID) -> QuerySet[Invoice]:
    return listed(Invoice.objects.filter(organization_id=organization_id))[: pages.SIZE]


@prepared
def _count(*, organization_id: UUID) -> QuerySet[Invoice, tuple[int]]:
    counted = Invoice.objects.filter(organization_id=organization_id).values("organization_id").order_by()
    return counted.annotate(count=Count("pk")).values_list("count")


def invoice(organization_id: UUID, public_id: str, *, at: datetime) -> InvoiceDetail | None:
    """Return one invoice whole, in at most five queries, or None where the organization has no such."""
    rows = Invoice.objects.filter(organization_id=organization_id).by_public_id(public_id)
    kept = with_open(rows).select_related("corrects").first()
    if kept is None:
        return None
    return InvoiceDetail(
        row=row_of(kept, numbering.civil_date(at)),
        seller=Seller.from_json(kept.seller),
        buyer=Party.from_json(kept.buyer),
        language=kept.language,
        net=kept.net,
        tax=kept.tax,
        lines=lines(kept),
        taxes=tax_rows(kept),
        settlements=settlements(kept),
        payment_reference=kept.payment_reference,
        reason=kept.reason,
        corrects=(kept.corrects.public_id, kept.corrects.number) if kept.corrects else None,
        corrected_by=[] if kept.is_credit_note else credits_of(kept),
    )


def credits_of(invoice: Invoice) -> list[CreditRow]:
    """Return the credit notes of an invoice, the first first: one query."""
    notes = invoice.corrections.defer("seller", "buyer", "taxes").order_by("issued_at", "pk")
    return [CreditRow(note.public_id, note.number, note.total) for note in notes]


def lines(invoice: Invoice) -> list[LineRow]:
    """Return the lines of an invoice, in order: one query."""
    return [_line(line, invoice.currency) for line in invoice.lines.order_by("position")]


def settlements(invoice: Invoice) -> list[SettlementRow]:
    """Return what settled an invoice, in order, with the payment methods: two queries."""
    rows = list(invoice.settlements.order_by("settled_at", "pk"))
    payments = {row.reference.split(":")[0] for row in rows if row.kind == SettlementKind.PAYMENT}
    keys = [key for text in payments if (key := ids.parse(Payment.prefix, text))]
    methods = dict(Payment.objects.filter(pk__in=keys).values_list("pk", "method")) if keys else {}
    return [
        SettlementRow(Money(row.amount_minor, invoice.currency), row.settled_at, _settled_by(row, methods))
        for row in rows
    ]


def tax_rows(invoice: Invoice) -> list[TaxRow]:
    """Return the tax per rate of an invoice, explained; reads nothing."""
    return [
        TaxRow(
            rate=Decimal(row["rate"]),
            country=row["country"],
            net=Money(row["net_minor"], invoice.currency),
            tax=Money(row["tax_minor"], invoice.currency),
            explanation=Tax.from_json(row).explanation,
            rule=Code(row["rule"]).label if row.get("rule") else "",
            source=vat_rules.source_of(row.get("rule", ""), invoice.issued_on),
        )
        for row in invoice.taxes
    ]


def open_of(invoice: Invoice) -> Money:
    """Return what is still owed on an invoice that was read `with_open`; nothing on a credit note."""
    if invoice.is_credit_note:
        return Money.zero(invoice.currency)
    return invoice.total - Money(invoice.settled_minor, invoice.currency)  # type: ignore[attr-defined]  # annotated


def with_open(rows: QuerySet[Invoice]) -> QuerySet[Invoice]:
    """Read with each invoice what was settled of it, for `open_of`."""
    settled = (
        Settlement.objects.filter(invoice=OuterRef("pk"))
        .order_by()
        .values("invoice")
        .annotate(sum=Sum("amount_minor"))
        .values("sum")
    )
    return rows.annotate(settled_minor=Coalesce(Subquery(settled, output_field=BigIntegerField()), 0))


#: What an organization still has to pay.
OWED = Q(kind=InvoiceKind.INVOICE, state=InvoiceState.OPEN)


def _condition(filter: Filter, today: date) -> Q:
    match filter:
        case Filter.OPEN:
            return OWED
        case Filter.OVERDUE:
            return OWED & Q(due_on__lt=today)
        case Filter.PAID:
            return Q(kind=InvoiceKind.INVOICE, state=InvoiceState.PAID)
        case Filter.CREDIT_NOTES:
            return Q(kind=InvoiceKind.CREDIT_NOTE)
        case Filter.ALL:
            return Q()


def row_of(invoice: Invoice, today: date) -> InvoiceRow:
    """Return what a list says of an invoice that was read `listed`; reads nothing."""
    return InvoiceRow(
        public_id=invoice.public_id,
        number=invoice.number,
        standing=_standing(invoice, today),
        is_credit_note=invoice.is_credit_note,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        paid_at=invoice.paid_at,
        total=invoice.total,
        open=open_of(invoice),
        purpose=invoice.purpose,
    )


def _standing(invoice: Invoice, today: date) -> Standing:
    if invoice.is_credit_note:
        return Standing.CREDIT_NOTE
    if invoice.state == InvoiceState.OPEN and invoice.due_on < today:
        return Standing.OVERDUE
    return Standing(invoice.state)


def _line(line: Line, currency: str) -> LineRow:
    unit_price, net = Money(line.unit_price_minor, currency), Money(line.net_minor, currency)
    gross = unit_price.times(line.quantity)
    starts_on = numbering.civil_date(line.starts_at) if line.starts_at else None
    # A period does not contain its end: people read the day before it.
    before_end = numbering.civil_date(line.ends_at) - timedelta(days=1) if line.ends_at else None
    return LineRow(
        subject=line.subject,
        reference=line.reference,
        description=line.description,
        quantity=line.quantity,
        unit_price=unit_price,
        gross=gross,
        discount=gross - net,
        discount_reason=line.discount_reason,
        net=net,
        tax=Money(line.tax_minor, currency),
        tax_rate=line.tax_rate,
        price_id=line.price_id,
        starts_on=starts_on,
        last_on=max(starts_on, before_end) if starts_on and before_end else None,
    )


def _settled_by(row: Settlement, methods: dict[UUID, str]) -> str | Promise:
    if row.kind == SettlementKind.CREDIT:
        return _("Credit note")
    key = ids.parse(Payment.prefix, row.reference.split(":")[0])
    method = methods.get(key) if key else None
    return Method(method).label if method else _("Payment")
