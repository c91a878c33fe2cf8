from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models

from plancia.kernel.rows import Row


class CancellationRequest(Row):
    """
    Somebody's wish to give products up, which counts once the link in the mail to her is used.

    It is confirmed, taken back or expired, each once; until then it is open and changes nothing.
    """

    prefix = "crq"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    when = models.TextField()  # subscriptions.cancellation.When
    reason = models.TextField(blank=True)
    requested_by = models.TextField()
    user_id = models.UUIDField(null=True)
    email = models.EmailField()
    language = models.CharField(max_length=5)
    is_gated = models.BooleanField(default=True)  # whether the law lets us ask for the link
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    reminded = models.IntegerField(default=0)
    reminded_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leaving_cancellation_request"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(when__in=["end_of_term", "now"]), name="cancellation_request_when"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, withdrawn_at=None)
                | models.Q(confirmed_at=None, expired_at=None)
                | models.Q(withdrawn_at=None, expired_at=None),
                name="cancellation_request_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-requested_at", "-id"], name="cancellation_request_newest"),
            models.Index(
                fields=["expires_at"],
                name="cancellation_request_open",
                condition=models.Q(confirmed_at=None, withdrawn_at=None, expired_at=None),
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.confirmed_at is None and self.withdrawn_at is None and self.expired_at is None

    def confirm(self, *, at: datetime) -> None:
        """Record that its link was used."""
        self.confirmed_at = at
        self.save(update_fields=["confirmed_at"])

    def withdraw(self, *, at: datetime) -> None:
        """Record that it was taken back."""
        self.withdrawn_at = at
        self.save(update_fields=["withdrawn_at"])

    def expire(self, *, at: datetime) -> None:
        """Record that nobody used its link in time."""
        self.expired_at = at
        self.save(update_fields=["expired_at"])

    def remind(self, *, at: datetime) -> None:
        """Record that its author was reminded once more."""
        self.reminded, self.reminded_at = self.reminded + 1, at
        self.save(update_fields=["reminded", "reminded_at"])


class CancellationRequestItem(Row):
    """A product in such a wish. A product is in one open wish at most; `closed_at` is when the wish was over."""

    prefix = "cri"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    request = models.ForeignKey(CancellationRequest, on_delete=models.CASCADE, related_name="items")
    subscription = models.ForeignKey("subscriptions.Subscription", on_delete=models.PROTECT)
    effective_at = models.DateTimeField(null=True)  # once confirmed; without it the product had ended by itself
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "leaving_cancellation_request_item"
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"], name="cancellation_request_one_open", condition=models.Q(closed_at=None)
            ),
            models.UniqueConstraint(fields=["request", "subscription"], name="cancellation_request_item_once"),
        ]
        indexes = [models.Index(fields=["organization", "subscription"], name="cancellation_request_item")]


class Declaration(Row):
    """
    What somebody declared by the public form, without signing in: that a contract ends. It counts as it was received.

    `organization_id` and `subscription_id` are what it was found to be about; `settled_at` when it was carried out, or
    staff dealt with it.
    """

    prefix = "dcl"

    organization_id = models.UUIDField(null=True)
    subscription_id = models.UUIDField(null=True)
    kind = models.TextField()  # leaving.declarations.Kind
    name = models.CharField(max_length=200)
    email = models.EmailField()
    product = models.CharField(max_length=253)
    reason = models.TextField(blank=True)
    language = models.CharField(max_length=5)
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(blank=True)

    class Meta:
        db_table = "leaving_declaration"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["ordinary", "extraordinary", "withdrawal"]), name="declaration_kind"
            ),
        ]
        indexes = [models.Index(fields=["-received_at", "-id"], name="declaration_newest")]

    def settle(self, *, by: str, at: datetime) -> None:
        """Record that it was carried out, or dealt with."""
        self.settled_by, self.settled_at = by, at
        self.save(update_fields=["organization_id", "subscription_id", "settled_by", "settled_at"])


class OrganizationDeletion(Row):
    """That an organization was deleted, when, and how much was erased: what its certificate says. Without names."""

    prefix = "del"

    organization = models.OneToOneField("organizations.Organization", on_delete=models.PROTECT)
    user_id = models.UUIDField(null=True)
    deleted_at = models.DateTimeField()
    erased = models.JSONField(default=dict)  # rows by table

    class Meta:
        db_table = "leaving_organization_deletion"


class LegalHold(Row):
    """
    That an organization or a user is kept from being erased, why, and how long; one of the two. It stays when over.

    It stands until `ends_at`, where that is known, or until staff end it.
    """

    prefix = "lgh"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT, null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True)
    reason = models.TextField()
    started_at = models.DateTimeField()
    started_by = models.TextField()
    ends_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(blank=True)

    class Meta:
        db_table = "leaving_legal_hold"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(organization=None, user__isnull=False)
                | models.Q(organization__isnull=False, user=None),
                name="legal_hold_on_one",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ended_by="") | models.Q(ended_at__isnull=False, ended_by__gt=""),
                name="legal_hold_ended_by",
            ),
        ]

    def end(self, *, by: str, at: datetime) -> None:
        """Record that it is over."""
        self.ended_by, self.ended_at = by, at
        self.save(update_fields=["ended_by", "ended_at"])


class RetentionRun(Row):
    """A night in which what was past its time was erased. Without `ended_at`, it was killed, or still runs."""

    prefix = "rtr"

    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    has_failed = models.BooleanField(default=False)

    class Meta:
        db_table = "leaving_retention_run"
        indexes = [models.Index(fields=["-started_at", "-id"], name="retention_run_newest")]

    def end(self, *, at: datetime) -> None:
        """Record that it came to its end."""
        self.ended_at = at
        self.save(update_fields=["ended_at", "has_failed"])


class RetentionReport(Row):
    """What a run erased of a table by a rule: so many rows, all from before `until`."""

    prefix = "rtp"

    run = models.ForeignKey(RetentionRun, on_delete=models.CASCADE, related_name="reports")
    rule = models.TextField()
    table = models.TextField()
    until = models.DateTimeField()
    rows = models.BigIntegerField(default=0)

    class Meta:
        db_table = "leaving_retention_report"
        constraints = [models.UniqueConstraint(fields=["run", "rule", "table"], name="retention_report_once")]
