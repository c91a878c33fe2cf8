from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import models

from plancia.kernel.rows import Row
from plancia.support.states import REQUEST_MOVES, RequestState


class Feedback(Row):
    """What somebody thinks of us: asked when something is given up or closed, or said from any page. Never required."""

    prefix = "fbk"

    organization = models.ForeignKey("organizations.Organization", null=True, on_delete=models.PROTECT)
    user_id = models.UUIDField(null=True)
    occasion = models.TextField()  # support.feedback.Occasion
    cause = models.TextField(blank=True)  # support.feedback.Cause
    product_type = models.TextField(blank=True)
    page = models.TextField(blank=True)  # the path it was said on
    comment = models.TextField(blank=True)
    language = models.CharField(max_length=5)
    given_at = models.DateTimeField()

    class Meta:
        db_table = "support_feedback"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(occasion__in=["cancellation", "organization_deleted", "account_closed", "page"]),
                name="feedback_occasion",
            ),
            models.CheckConstraint(
                condition=models.Q(cause__gt="") | models.Q(comment__gt=""), name="feedback_says_something"
            ),
        ]
        indexes = [
            models.Index(fields=["-given_at", "-id"], name="feedback_newest"),
            models.Index(fields=["organization"], name="feedback_organization"),
        ]


class SupportRequest(Row):
    """
    A question to the provider's people, with the product and the page that it is about.

    It waits for staff (`open`), for the customer (`answered`), or for nobody (`closed`). `code` is what people say on
    the telephone, and what stands in the subject of mails.
    """

    prefix = "srq"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    code = models.CharField(max_length=9, unique=True)
    subject = models.CharField(max_length=200)
    product = models.TextField(blank=True)  # the public id of the product that it is about
    product_name = models.TextField(blank=True)
    page = models.TextField(blank=True)  # the path that it was asked on
    user_id = models.UUIDField()
    author = models.TextField()
    email = models.EmailField()
    language = models.CharField(max_length=5)
    state = models.TextField(default="open")  # support.states.RequestState
    assigned_to = models.UUIDField(null=True)
    assigned_name = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "support_request"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=["open", "answered", "closed"]), name="request_state"),
            models.CheckConstraint(
                condition=models.Q(state="closed", closed_at__isnull=False)
                | (~models.Q(state="closed") & models.Q(closed_at=None)),
                name="request_closed_at",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "-moved_at", "-id"], name="request_newest"),
            models.Index(fields=["state", "-moved_at", "-id"], name="request_inbox"),
        ]

    def move(self, state: RequestState, *, at: datetime) -> None:
        """Record whom it waits for."""
        self.state = REQUEST_MOVES.require(RequestState(self.state), state)
        self.moved_at, self.closed_at = at, at if state is RequestState.CLOSED else None
        self.save(update_fields=["state", "moved_at", "closed_at"])

    def assign(self, user_id: UUID | None, name: str) -> None:
        """Record who of staff answers it."""
        self.assigned_to, self.assigned_name = user_id, name
        self.save(update_fields=["assigned_to", "assigned_name"])


class SupportMessage(Row):
    """What was written in a request, by the customer or by staff, on a page or by mail. Never changed."""

    prefix = "srm"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    request = models.ForeignKey(SupportRequest, on_delete=models.CASCADE, related_name="messages")
    is_staff = models.BooleanField()
    author = models.TextField()
    text = models.TextField()
    mail_id = models.TextField(null=True, unique=True)  # of the mail it came by, so that it comes once
    written_at = models.DateTimeField()

    class Meta:
        db_table = "support_message"
        indexes = [models.Index(fields=["organization", "request", "written_at"], name="support_message_order")]


class SupportAttachment(Row):
    """A file that came with a message."""

    prefix = "sra"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    message = models.ForeignKey(SupportMessage, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.TextField()
    size_bytes = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        db_table = "support_attachment"
        indexes = [models.Index(fields=["organization", "message"], name="support_attachment_message")]


class CannedAnswer(Row):
    """A text that staff answer with again and again, in one language."""

    prefix = "cna"

    title = models.CharField(max_length=200)
    language = models.CharField(max_length=5)
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        db_table = "support_canned_answer"
        constraints = [models.UniqueConstraint(fields=["title", "language"], name="canned_answer_once")]


class AccessGrant(Row):
    """The customer's leave for staff to look at an organization's console, for a while. Revoked whenever she likes."""

    prefix = "acg"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    request = models.ForeignKey(SupportRequest, null=True, on_delete=models.SET_NULL)
    granted_by = models.TextField()
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "support_access_grant"
        indexes = [models.Index(fields=["organization", "-expires_at"], name="access_grant_newest")]


class Incident(Row):
    """Something that does not work, or maintenance that is announced; told in updates until it is over."""

    prefix = "inc"

    kind = models.TextField()  # support.incidents.Kind
    title = models.CharField(max_length=200)
    types = models.JSONField(default=list)  # the codes of the product types that it touches; all, where none is named
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # of maintenance, as announced
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "support_incident"
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=["incident", "maintenance"]), name="incident_kind")
        ]
        indexes = [models.Index(fields=["-starts_at", "-id"], name="incident_newest")]


class IncidentUpdate(Row):
    """What is known at an instant. Never changed: a mistake is put right by the next."""

    prefix = "inu"

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="updates")
    state = models.TextField()  # support.incidents.State
    text = models.TextField()
    author = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        db_table = "support_incident_update"
        indexes = [models.Index(fields=["incident", "-written_at"], name="incident_update_order")]


class StatusSubscriber(Row):
    """An address that wants to know. It counts once its owner used the link that was sent there."""

    prefix = "sts"

    email = models.EmailField(unique=True)
    language = models.CharField(max_length=5)
    asked_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "support_status_subscriber"
