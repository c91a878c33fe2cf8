from __future__ import annotations

from datetime import date, datetime

from django.db import models

from plancia.kernel.money import Money
from plancia.kernel.rows import Row
from plancia.payments.methods import Method
from plancia.payments.states import PAYMENT_MOVES, PROFILE_MOVES, PaymentState, ProfileState


class Profile(Row):
    """
    A means of paying that an organization left with us, to be charged without asking again.

    A gateway keeps the card: we hold its name for it (`means`) and what people know it by. Of the prepaid account there
    is one, which is always ready and never removed.
    """

    prefix = "ppf"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    method = models.TextField()  # payments.methods.Method
    gateway = models.TextField(blank=True)
    means = models.TextField(blank=True)
    customer = models.TextField(blank=True)  # the gateway's name for who holds it, where it has one
    label = models.TextField(blank=True)  # "Visa", or the address of a PayPal account
    last_digits = models.CharField(max_length=4, blank=True)
    expires_on = models.DateField(null=True)
    expiry_told_at = models.DateTimeField(null=True)
    state = models.TextField(default=ProfileState.PENDING)
    is_default = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    saved_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)  # when the gateway was told to forget it

    class Meta:
        db_table = "payments_profile"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="pending", saved_at=None, removed_at=None)
                | models.Q(state="active", saved_at__isnull=False, removed_at=None)
                | models.Q(state="removed", removed_at__isnull=False),
                name="profile_state",
            ),
            models.CheckConstraint(
                condition=models.Q(method="prepaid", gateway="")
                | models.Q(method__in=["card", "paypal"], gateway__gt=""),
                name="profile_method",
            ),
            models.CheckConstraint(
                condition=models.Q(is_default=False) | models.Q(state="active"), name="profile_default_is_active"
            ),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(is_default=True), name="profile_default_once"
            ),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(method="prepaid"), name="profile_prepaid_once"
            ),
            models.UniqueConstraint(
                fields=["gateway", "means"], condition=models.Q(means__gt=""), name="profile_means_once"
            ),
        ]
        indexes = [models.Index(fields=["organization", "state"], name="profile_organization")]

    @property
    def name(self) -> str:
        """How people tell it from others: "Visa •••• 4242"."""
        if self.method == Method.PREPAID:
            return str(Method.PREPAID.label)
        known = self.label or str(Method(self.method).label)
        return f"{known} •••• {self.last_digits}" if self.last_digits else known

    def is_expired(self, on: date) -> bool:
        """Say whether the card is past its last day."""
        return self.expires_on is not None and self.expires_on < on

    def save_means(
        self, *, means: str, customer: str, label: str, last_digits: str, expires_on: date | None, at: datetime
    ) -> None:
        """Make it ready: the gateway keeps it under a name."""
        self.state = PROFILE_MOVES.require(ProfileState(self.state), ProfileState.ACTIVE)
        self.means, self.customer, self.saved_at = means, customer, at
        self.label, self.last_digits, self.expires_on = label, last_digits, expires_on
        self.save(update_fields=["state", "means", "customer", "saved_at", "label", "last_digits", "expires_on"])

    def remove(self, *, at: datetime) -> None:
        """Charge it no more."""
        self.state = PROFILE_MOVES.require(ProfileState(self.state), ProfileState.REMOVED)
        self.is_default, self.removed_at = False, at
        self.save(update_fields=["state", "is_default", "removed_at"])


class Payment(Row):
    """
    Money that a customer sends us, or tries to. `purpose` is the public id of what it pays: an order or an invoice.

    A payment that succeeded was recorded once: `gateway_reference` is unique, and so is its posting.
    """

    prefix = "pay"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    purpose = models.TextField()
    method = models.TextField()  # payments.methods.Method
    gateway = models.TextField(blank=True)
    gateway_reference = models.TextField(null=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.TextField(default=PaymentState.PENDING)
    failure_code = models.TextField(blank=True)
    profile = models.ForeignKey(Profile, on_delete=models.PROTECT, null=True, related_name="payments")
    page_reference = models.TextField(blank=True)  # the gateway's name for what the customer approved on its page
    is_keeping = models.BooleanField(default=False)  # the customer wants the means saved as a profile
    ask_at = models.DateTimeField(null=True)  # when the gateway is to be asked for the money, without the customer
    started_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_payment"
        constraints = [
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "succeeded", "failed", "cancelled"]), name="payment_state"
            ),
            models.CheckConstraint(
                condition=models.Q(state="succeeded", succeeded_at__isnull=False)
                | (~models.Q(state="succeeded") & models.Q(succeeded_at=None)),
                name="payment_succeeded_at",
            ),
            models.UniqueConstraint(fields=["gateway", "gateway_reference"], name="payment_gateway_reference_once"),
            # Without the customer, one purpose is collected once; what succeeded, `charging.charge` looks after,
            # since money that a gateway tells of after a failure is booked all the same.
            models.UniqueConstraint(
                fields=["organization", "purpose"],
                condition=models.Q(profile__isnull=False, state="pending"),
                name="payment_purpose_once",
            ),
            models.CheckConstraint(
                condition=models.Q(ask_at=None)
                | (models.Q(state="pending") & (models.Q(profile__isnull=False) | models.Q(page_reference__gt=""))),
                name="payment_ask_at",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "purpose"], name="payment_purpose"),
            models.Index(fields=["ask_at"], condition=models.Q(ask_at__isnull=False), name="payment_to_ask"),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    def succeed(self, *, gateway_reference: str | None, at: datetime) -> None:
        """Record that the money came."""
        self.state = PAYMENT_MOVES.require(PaymentState(self.state), PaymentState.SUCCEEDED)
        self.gateway_reference, self.succeeded_at, self.ask_at = gateway_reference, at, None
        self.save(update_fields=["state", "gateway_reference", "succeeded_at", "ask_at"])

    def approve(self, *, page_reference: str, at: datetime) -> None:
        """Record that the customer approved it, so that it is collected now."""
        self.page_reference, self.ask_at = page_reference, at
        self.save(update_fields=["page_reference", "ask_at"])

    def fail(self, *, code: str, at: datetime) -> None:
        """Record that the money will not come, and why."""
        self.state = PAYMENT_MOVES.require(PaymentState(self.state), PaymentState.FAILED)
        self.failure_code, self.ended_at, self.ask_at = code, at, None
        self.save(update_fields=["state", "failure_code", "ended_at", "ask_at"])

    def cancel(self, *, at: datetime) -> None:
        """Record that nobody waits for the money any more."""
        self.state = PAYMENT_MOVES.require(PaymentState(self.state), PaymentState.CANCELLED)
        self.ended_at, self.ask_at = at, None
        self.save(update_fields=["state", "ended_at", "ask_at"])


class Dispute(Row):
    """A payment that its payer took back through her bank. It is owed again, until it is won."""

    prefix = "dsp"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    gateway = models.TextField()
    reference = models.TextField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    won_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "payments_dispute"
        constraints = [
            models.UniqueConstraint(fields=["gateway", "reference"], name="dispute_once"),
            models.CheckConstraint(condition=models.Q(amount_minor__gt=0), name="dispute_positive"),
        ]

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class CustomerReference(Row):
    """What a bank transfer to an organization's prepaid account says. It never changes."""

    prefix = "crf"

    organization = models.OneToOneField("organizations.Organization", on_delete=models.PROTECT)
    reference = models.TextField(unique=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "payments_customer_reference"


class Callback(Row):
    """A call of a gateway, kept as it came. Unique by the gateway's event, so that a second telling is harmless."""

    prefix = "cbk"

    gateway = models.TextField()
    event = models.TextField()
    payload = models.JSONField()
    received_at = models.DateTimeField()
    outcome = models.TextField(blank=True)

    class Meta:
        db_table = "payments_callback"
        constraints = [models.UniqueConstraint(fields=["gateway", "event"], name="callback_once")]
