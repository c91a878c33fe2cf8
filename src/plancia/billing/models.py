from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models.functions import Now

from plancia.billing.states import INVOICE_MOVES, InvoiceKind, InvoiceState, SettlementKind
from plancia.kernel.money import Money
from plancia.kernel.rows import Row


class Series(models.Model):
    """A counter of invoice numbers: taken in the issuing transaction, so that no number is missing or double."""

    code = models.TextField(primary_key=True)
    last_number = models.BigIntegerField(default=0)

    class Meta:
        db_table = "billing_series"


class Invoice(Row):
    """
    An invoice or a credit note: once issued, the database lets only its state and what settles it change.

    `seller` and `buyer` are the parties as they were on the day (billing.parties.Party); `taxes` is the tax per rate.
    Units: minor units of `currency`; a credit note's amounts are positive and mean money that we owe.
    """

    prefix = "inv"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    kind = models.TextField(default=InvoiceKind.INVOICE.value)
    entity = models.TextField(blank=True)  # the code of the provider's legal entity; empty for the first
    series = models.ForeignKey(Series, on_delete=models.PROTECT)
    sequence = models.BigIntegerField()
    number = models.TextField(unique=True)
    state = models.TextField(default=InvoiceState.OPEN.value)
    purpose = models.TextField(blank=True)  # the public id of the order or renewal it was issued for
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    reason = models.TextField(blank=True)  # why a credit note was issued
    issued_on = models.DateField()
    due_on = models.DateField()
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    seller = models.JSONField()
    buyer = models.JSONField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    total_minor = models.BigIntegerField()
    taxes = models.JSONField()
    payment_reference = models.TextField()
    qr_reference = models.TextField(blank=True)  # for the QR-IBAN of a seller that has one
    paid_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField()

    class Meta:
        db_table = "billing_invoice"
        constraints = [
            models.UniqueConstraint(fields=["series", "sequence"], name="invoice_sequence_once"),
            models.CheckConstraint(condition=models.Q(kind__in=["invoice", "credit_note"]), name="invoice_kind"),
            models.CheckConstraint(
                condition=models.Q(kind="invoice", corrects=None)
                | models.Q(kind="credit_note", corrects__isnull=False),
                name="invoice_corrects",
            ),
            models.CheckConstraint(condition=models.Q(total_minor__gte=0), name="invoice_not_negative"),
            models.CheckConstraint(condition=models.Q(state__in=["open", "paid", "credited"]), name="invoice_state"),
            models.CheckConstraint(
                condition=models.Q(total_minor=models.F("net_minor") + models.F("tax_minor")), name="invoice_adds_up"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="paid") | models.Q(paid_at__isnull=False), name="invoice_paid_at"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-issued_on", "-id"], name="invoice_newest"),
            models.Index(fields=["due_on"], name="invoice_open_due", condition=models.Q(state="open")),
            models.Index(fields=["organization", "purpose"], name="invoice_purpose"),
            models.Index(fields=["payment_reference"], name="invoice_reference"),
            models.Index(fields=["issued_on"], name="invoice_issued"),
        ]

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)

    @property
    def net(self) -> Money:
        return Money(self.net_minor, self.currency)

    @property
    def tax(self) -> Money:
        return Money(self.tax_minor, self.currency)

    @property
    def is_credit_note(self) -> bool:
        return self.kind == InvoiceKind.CREDIT_NOTE

    def mark_paid(self, *, at: datetime) -> None:
        """Record that nothing is owed any more."""
        self.state = INVOICE_MOVES.require(InvoiceState(self.state), InvoiceState.PAID)
        self.paid_at = at
        self.save(update_fields=["state", "paid_at"])

    def mark_credited(self) -> None:
        """Record that a credit note took the whole invoice back."""
        self.state = INVOICE_MOVES.require(InvoiceState(self.state), InvoiceState.CREDITED)
        self.save(update_fields=["state"])


class Line(Row):
    """
    One line of an invoice, with all that explains its amount.

    `reference` is what the customer wants to read on lines about this product; `corrects` is the line of the invoice
    that a line of a credit note takes back, whole or in part.
    """

    prefix = "lin"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.IntegerField()
    subject = models.TextField(blank=True)  # the public id of the product it is about
    reference = models.TextField(blank=True)
    description = models.TextField()
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    tax_category = models.CharField(max_length=2)  # UNTDID 5305
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3)  # percent
    discount_reason = models.TextField(blank=True)
    price_id = models.UUIDField(null=True)
    corrects = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="corrections")
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "billing_line"
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="line_position_once")]
        indexes = [models.Index(fields=["organization", "subject"], name="line_subject")]


class ProductReference(Row):
    """What a customer wants to read on every invoice line about one of his products: a cost centre, an order number."""

    prefix = "ref"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    subject = models.TextField()  # the public id of the product
    text = models.CharField(max_length=60)

    class Meta:
        db_table = "billing_product_reference"
        constraints = [models.UniqueConstraint(fields=["organization", "subject"], name="reference_once")]


class Address(Row):
    """
    A billing address in an organization's book. The one in use is on the organization as well, for documents to come.

    `tax_code`, `sdi_code` and `pec` are Italian: codice fiscale, and where invoices are delivered.
    """

    prefix = "adr"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    recipient = models.CharField(max_length=200)
    street = models.CharField(max_length=100, blank=True)
    house_number = models.CharField(max_length=16, blank=True)
    postcode = models.CharField(max_length=16, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2)
    email = models.EmailField(blank=True)
    vat_number = models.CharField(max_length=32, blank=True)
    tax_code = models.CharField(max_length=28, blank=True)
    sdi_code = models.CharField(max_length=7, blank=True)
    pec = models.EmailField(blank=True)
    is_used = models.BooleanField(default=False)

    class Meta:
        db_table = "billing_address"
        constraints = [
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_used=True), name="address_one_in_use"
            )
        ]
        indexes = [models.Index(fields=["organization"], name="address_organization")]


class VatCheck(Row):
    """What a register answered about a VAT number, and when: kept as evidence, never changed."""

    prefix = "vck"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    number = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    outcome = models.TextField()  # states.VatAnswer
    consultation = models.TextField(blank=True)  # the register's number of the question
    answer = models.JSONField(default=dict)

    class Meta:
        db_table = "billing_vat_check"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["valid", "invalid", "unavailable"]), name="vat_check_outcome"
            )
        ]
        indexes = [models.Index(fields=["organization", "number", "-asked_at"], name="vat_check_last")]


class Archive(Row):
    """All documents of some days as one file: the worker renders what nobody asked for before, and counts."""

    prefix = "arc"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    first_on = models.DateField()
    last_on = models.DateField()
    total = models.IntegerField()
    ready = models.IntegerField(default=0)
    requested_by = models.TextField()
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "billing_archive"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ready__gte=0, ready__lte=models.F("total")), name="archive_ready_fits"
            ),
            models.CheckConstraint(condition=models.Q(first_on__lte=models.F("last_on")), name="archive_days"),
        ]
        indexes = [
            models.Index(fields=["organization", "-requested_at"], name="archive_newest"),
            models.Index(fields=["requested_at"], name="archive_unfinished", condition=models.Q(finished_at=None)),
        ]


class Settlement(Row):
    """
    An amount that settles an invoice: money applied to it, or what a credit note took back of what was still open.

    The ledger holds the posting, whose reference is `<invoice>:<reference>`; this row says what it did to the invoice.
    """

    prefix = "set"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="settlements")
    kind = models.TextField(default=SettlementKind.PAYMENT.value)
    reference = models.TextField()  # what settled it: the public id of a payment or of a credit note comes first
    amount_minor = models.BigIntegerField()
    settled_at = models.DateTimeField()

    class Meta:
        db_table = "billing_settlement"
        constraints = [
            models.UniqueConstraint(fields=["invoice", "reference"], name="settled_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="settlement_positive"),
            models.CheckConstraint(condition=models.Q(kind__in=["payment", "credit"]), name="settlement_kind"),
        ]


class Document(Row):
    """An invoice as it was first rendered; kept, so that it never reads differently."""

    prefix = "doc"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT, related_name="document")
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    rendered_at = models.DateTimeField(db_default=Now())  # for audit only

    class Meta:
        db_table = "billing_document"
