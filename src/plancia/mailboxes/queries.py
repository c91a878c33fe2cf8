"""What mailboxes can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from plancia.accounts.models import User
from plancia.mailboxes import keeping
from plancia.mailboxes.models import Mailbox


@dataclass(frozen=True, slots=True)
class MailboxRow:
    """A mailbox as people see it."""

    public_id: str
    address: str
    name: str
    user: str
    has_password: bool
    is_unified: bool
    is_served: bool
    created_at: datetime


def of_product(organization_id: UUID, product_id: UUID) -> list[MailboxRow]:
    """Return the mailboxes of a product."""
    found = Mailbox.objects.filter(organization_id=organization_id, product_id=product_id, closed_at=None)
    return [row(mailbox) for mailbox in found.select_related("user").order_by("address")]


def has_any(specification: Mapping[str, object]) -> bool:
    """Say whether a product of a plan with this specification is one that has mailboxes."""
    return keeping.MAIL in specification


def of_user(user: User) -> list[MailboxRow]:
    """Return the mailboxes of a user, in whichever organization."""
    found = Mailbox.objects.filter(user=user, closed_at=None).select_related("user").order_by("address")
    return [row(mailbox) for mailbox in found]


def row(mailbox: Mailbox) -> MailboxRow:
    """Return a mailbox as people see it."""
    return MailboxRow(
        public_id=mailbox.public_id,
        address=mailbox.address,
        name=mailbox.name,
        user=mailbox.user.name if mailbox.user else "",
        has_password=bool(mailbox.password_hash),
        is_unified=mailbox.is_unified,
        is_served=mailbox.is_served,
        created_at=mailbox.created_at,
    )
