from __future__ import annotations

from datetime import datetime

from django.db import models

from plancia.bank.states import ENTRY_MOVES, PAYOUT_MOVES, EntryState, PayoutState
from plancia.kernel.money import Money
from plancia.kernel.rows import Row
from plancia.payments.methods import Method
from plancia.payments.models import Payment


class PaymentFile(Row):
    """What we asked the bank to send, as one pain.001. Written once with all its payouts, and never changed."""

    prefix = "pmf"

    message_id = models.TextField(unique=True)
    currency = models.CharField(max_length=3)
    content = models.TextField()
    number = models.IntegerField()
    total_minor = models.BigIntegerField()
    made_at = models.DateTimeField()
    made_by = models.TextField()

    class Meta:
        db_table = "bank_payment_file"

    @property
    def total(self) -> Money:
        return Money(self.total_minor, self.currency)


class Payout(Row):
    """
    Money of an organization that is to leave to its bank account or PayPal, for a purpose: a withdrawal, a refund.
    Without an organization, it is an entry of the bank that nobody wants and that goes back to its payer.

    While it is on its way it stands on the outgoing account; where it does not leave, it goes back to `source`, the
    account it came from. `end_to_end` is what the bank says with it.
    """

    prefix = "pout"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT, null=True)
    purpose = models.TextField()
    source = models.TextField()
    method = models.TextField()  # payments.methods.Method: transfer or PayPal
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    holder = models.CharField(max_length=70)
    iban = models.CharField(max_length=34, blank=True)
    paypal_email = models.EmailField(blank=True)
    note = models.CharField(max_length=140, blank=True)
    end_to_end = models.CharField(max_length=35, unique=True)
    key = models.UUIDField()
    state = models.TextField(default=PayoutState.WAITING)
    reason = models.TextField(blank=True)  # why it did not leave
    file = models.ForeignKey(PaymentFile, on_delete=models.PROTECT, null=True, related_name="payouts")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "bank_payout"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payout_positive"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["waiting", "released", "sent", "paid", "refused", "rejected", "returned"]
                ),
                name="payout_state",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "released", "sent"], ended_at=None)
                | models.Q(state__in=["paid", "refused", "rejected", "returned"], ended_at__isnull=False),
                name="payout_ended_at",
            ),
            models.CheckConstraint(
                condition=models.Q(method="transfer", iban__gt="", paypal_email="")
                | models.Q(method="paypal", iban="", paypal_email__gt=""),
                name="payout_destination",
            ),
            models.UniqueConstraint(fields=["organization", "key"], name="payout_once"),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="payout_state_asked")]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def destination(self) -> str:
        """Where it goes, as people read it."""
        if self.method == Method.PAYPAL:
            return f"PayPal {self.paypal_email}"
        return " ".join(self.iban[start : start + 4] for start in range(0, len(self.iban), 4))

    def release(self) -> None:
        """Let it leave."""
        self._move(PayoutState.RELEASED)

    def send(self, file: PaymentFile | None) -> None:
        """Record that the bank, or PayPal, was asked to send it."""
        self.file = file
        self._move(PayoutState.SENT, "file")

    def end(self, state: PayoutState, *, at: datetime, reason: str = "") -> None:
        """Record that it has left, or why it has not."""
        self.ended_at, self.reason = at, reason
        self._move(state, "ended_at", "reason")

    def _move(self, state: PayoutState, *fields: str) -> None:
        self.state = PAYOUT_MOVES.require(PayoutState(self.state), state)
        self.save(update_fields=["state", *fields])


class Release(Row):
    """One pair of eyes that let a payout leave. Above a setting there are two, of different people."""

    prefix = "rel"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT, null=True)
    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="releases")
    user_id = models.UUIDField()
    user_name = models.TextField()
    released_at = models.DateTimeField()

    class Meta:
        db_table = "bank_release"
        constraints = [models.UniqueConstraint(fields=["payout", "user_id"], name="release_by_each_once")]


class BankFile(Row):
    """A file of the bank, kept as it came: the same file again is the same file."""

    prefix = "bkf"

    fingerprint = models.TextField(unique=True)  # SHA-256
    kind = models.TextField()  # "camt.053.001.08"
    name = models.TextField(blank=True)
    content = models.BinaryField()
    entries_number = models.IntegerField()
    new_number = models.IntegerField()
    imported_at = models.DateTimeField()
    imported_by = models.TextField()

    class Meta:
        db_table = "bank_file"


class BankEntry(Row):
    """
    Something that moved on our bank account. Unique by what the bank calls it, in whichever file it comes.

    A credit is booked when it is imported, to nobody; being matched makes it a payment of an organization.
    """

    prefix = "bke"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT, null=True)
    file = models.ForeignKey(BankFile, on_delete=models.PROTECT, related_name="entries")
    key = models.TextField(unique=True)
    account = models.TextField()
    is_credit = models.BooleanField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    booked_on = models.DateField()
    reference = models.TextField(blank=True)
    message = models.TextField(blank=True)
    name = models.TextField(blank=True)
    iban = models.TextField(blank=True)
    end_to_end = models.TextField(blank=True)
    return_reason = models.TextField(blank=True)
    state = models.TextField(default=EntryState.UNMATCHED)
    purpose = models.TextField(blank=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, null=True)
    note = models.TextField(blank=True)
    settled_by = models.TextField(blank=True)

    class Meta:
        db_table = "bank_entry"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="bank_entry_positive"),
            models.CheckConstraint(
                condition=models.Q(state="matched", payment__isnull=False, organization__isnull=False)
                | (~models.Q(state="matched") & models.Q(payment=None)),
                name="bank_entry_matched",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "booked_on"], name="bank_entry_state"),
            models.Index(fields=["iban"], name="bank_entry_iban"),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    def match(self, payment: Payment, *, purpose: str, by: str) -> None:
        """Record whose money it is."""
        self.state = ENTRY_MOVES.require(EntryState(self.state), EntryState.MATCHED)
        self.payment, self.organization_id, self.purpose = payment, payment.organization_id, purpose
        self.settled_by = by
        self.save(update_fields=["state", "payment", "organization", "purpose", "settled_by"])

    def set_aside(self, *, note: str, by: str) -> None:
        """Record that it is nobody's, and what becomes of it."""
        self.state = ENTRY_MOVES.require(EntryState(self.state), EntryState.SET_ASIDE)
        self.note, self.settled_by = note, by
        self.save(update_fields=["state", "note", "settled_by"])

    def send_back(self, *, note: str, by: str) -> None:
        """Record that it goes back to its payer, and why."""
        self.state = ENTRY_MOVES.require(EntryState(self.state), EntryState.SENT_BACK)
        self.note, self.settled_by = note, by
        self.save(update_fields=["state", "note", "settled_by"])

    def take_up(self) -> None:
        """Look for its owner again."""
        self.state = ENTRY_MOVES.require(EntryState(self.state), EntryState.UNMATCHED)
        self.note, self.settled_by = "", ""
        self.save(update_fields=["state", "note", "settled_by"])


class Suggestion(Row):
    """What an unmatched entry may be for. While one names an organization, that one's reminders pause."""

    prefix = "sug"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    entry = models.ForeignKey(BankEntry, on_delete=models.CASCADE, related_name="suggestions")
    purpose = models.TextField()
    label = models.TextField()
    why = models.TextField()  # bank.matching.Why
    rank = models.IntegerField()

    class Meta:
        db_table = "bank_suggestion"
        constraints = [models.UniqueConstraint(fields=["entry", "purpose"], name="suggestion_once")]
