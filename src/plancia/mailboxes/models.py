from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import models

from plancia.kernel.rows import Row


class Mailbox(Row):
    """
    A mailbox that mail servers serve. They read its address and the hash of its password, and nothing else.

    `user` is whose mailbox it is, where that is known: her application passwords open it, too.
    """

    prefix = "mbx"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    product = models.ForeignKey("subscriptions.Subscription", on_delete=models.PROTECT, related_name="mailboxes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    address = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    password_hash = models.TextField(blank=True)  # argon2id as PHC string; empty opens nothing
    is_unified = models.BooleanField(default=False)
    is_served = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "mailboxes_mailbox"
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=models.Q(closed_at=None), name="mailbox_address_once"
            ),
            models.CheckConstraint(
                condition=models.Q(is_unified=False) | models.Q(user__isnull=False), name="mailbox_unified_with_user"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "product"], name="mailbox_product"),
            models.Index(fields=["user"], name="mailbox_user"),
        ]

    def open_with(self, password_hash: str, *, is_unified: bool) -> None:
        """Let another password open it."""
        self.password_hash, self.is_unified = password_hash, is_unified
        self.save(update_fields=["password_hash", "is_unified"])

    def separate(self) -> None:
        """Let it keep its password when that of the account changes."""
        self.is_unified = False
        self.save(update_fields=["is_unified"])

    def belong_to(self, user_id: UUID | None) -> None:
        """Say whose mailbox it is."""
        self.user_id = user_id
        self.save(update_fields=["user_id"])

    def close(self, *, at: datetime) -> None:
        """Open it to nobody any more. What becomes of the mail is the mail server's matter."""
        self.closed_at, self.password_hash, self.is_unified = at, "", False
        self.save(update_fields=["closed_at", "password_hash", "is_unified"])


class MailDomain(Row):
    """A domain registered elsewhere, which an organization has shown to be its own."""

    prefix = "mdm"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    domain = models.CharField(max_length=253, unique=True)  # in ASCII
    proven_at = models.DateTimeField()

    class Meta:
        db_table = "mailboxes_domain"
        indexes = [models.Index(fields=["organization"], name="mail_domain_organization")]
