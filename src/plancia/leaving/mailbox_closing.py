"""
Closing a free mailbox: its user does it, without a right on the product that it is.

The product ends with it, else its mailbox would be opened again. Source: SPEC 7.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.accounts import proofs
from plancia.accounts.models import User
from plancia.kernel import tenancy, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.mailboxes import keeping
from plancia.mailboxes.models import Mailbox
from plancia.organizations.models import Organization
from plancia.subscriptions import cancellation
from plancia.subscriptions.cancellation import When
from plancia.subscriptions.models import Subscription
from plancia.support import feedback
from plancia.support.feedback import Occasion


class MailboxClosed(Refusal):
    """A mailbox is closed once."""

    code = "mailbox_closed"
    sentence = _("This mailbox is closed already.")


@dataclass(frozen=True, slots=True)
class FreeMailbox:
    """A free mailbox that is open, as its user sees it."""

    id: UUID
    public_id: str
    address: str
    organization_id: UUID


def of(user: User) -> list[FreeMailbox]:
    """Return the free mailboxes of a user, in whichever organization; she need not be a member of it."""
    with transaction.as_staff():
        found = Mailbox.objects.filter(user=user, closed_at=None, product__price__amount_minor=0)
        found = found.filter(**{f"product__plan__specification__{keeping.MAIL}": "address"}).order_by("address")
        return [FreeMailbox(one.pk, one.public_id, one.address, one.organization_id) for one in found]


def find(user: User, public_id: str) -> FreeMailbox | None:
    """Return one free mailbox of a user, or None."""
    return next((one for one in of(user) if one.public_id == public_id), None)


@transaction.atomic
def close(
    *,
    user_id: UUID,
    mailbox: FreeMailbox,
    password: str,
    cause: str = "",
    comment: str = "",
    language: str = "",
    actor: Actor,
    agent: str,
    at: datetime,
) -> None:
    """
    Close a free mailbox of a user's, with the mail in it and the product that it is.

    Raises: TooManyPasswords, PasswordWrong; MailboxClosed.
    """
    proofs.ask(User.objects.select_for_update(no_key=True).get(pk=user_id), password, at=at)
    with tenancy.within(mailbox.organization_id):
        Organization.objects.locked().get(pk=mailbox.organization_id)
        open_ = Mailbox.objects.filter(pk=mailbox.id, user_id=user_id, closed_at=None).locked().first()
        if open_ is None:
            raise MailboxClosed()
        keeping.close(mailbox_id=open_.pk, actor=actor, at=at)
        product: Subscription = Subscription.objects.locked().get(pk=open_.product_id)
        if product.cancellations.filter(ended_at=None, withdrawn_at=None).exists():
            cancellation.take_back(subscription_id=product.pk, actor=actor, at=at)
        if not product.has_ended:
            cancellation.cancel(subscription_id=product.pk, when=When.NOW, reason="", actor=actor, at=at)
    if cause or comment.strip():
        feedback.give(
            occasion=Occasion.CANCELLATION,
            cause=cause,
            comment=comment,
            product_types=[product.product_type],
            language=language,
            at=at,
        )
