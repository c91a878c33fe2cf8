"""
Deleting an organization: what stands in its way, what mends it, and the end of it.

The checklist is read again under a lock that nobody who orders, pays or joins gets past, so that what it says holds
when the organization goes. Source: SPEC 7.3, docs/decisions/0087-deleting-an-organization.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.accounts.models import User
from plancia.audit import trail
from plancia.billing import settlement
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import ids, transaction
from plancia.kernel.actors import Actor
from plancia.kernel.money import Money
from plancia.kernel.refusals import Refusal
from plancia.leaving import erasure, events, holds
from plancia.leaving.models import OrganizationDeletion
from plancia.organizations import membership
from plancia.organizations.models import Membership, Organization
from plancia.outbox import facts
from plancia.payments import charging
from plancia.payments.models import Payment
from plancia.payments.states import PaymentState
from plancia.shop import cancellation as orders
from plancia.shop.models import Order
from plancia.subscriptions import cancellation
from plancia.subscriptions.cancellation import NotCancellable, When
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState
from plancia.support import feedback
from plancia.support.feedback import Occasion
from plancia.wallet import prepaid


class NotEmpty(Refusal):
    """An organization goes when nothing of it is left."""

    code = "organization_not_empty"
    sentence = _("Something stands in the way still, or has come meanwhile. Look at the list again.")


class NameDiffers(Refusal):
    """Who deletes types the organization's name, to know what she deletes."""

    code = "organization_name_differs"
    sentence = _("This is not the organization's name. Type it exactly: %(name)s")
    field = "name"


class WrongPassword(Refusal):
    """The password of whoever is signed in."""

    code = "deletion_password_wrong"
    sentence = _("This is not your password.")
    field = "password"


@dataclass(frozen=True, slots=True)
class Checklist:
    """What stands in the way of deleting an organization; nothing, where all is empty."""

    products: list[Subscription]
    orders: list[Order]
    invoices: list[Invoice]
    due: Money
    balance: Money
    members: list[Membership]
    payments: int
    is_held: bool

    @property
    def is_clear(self) -> bool:
        return not self.is_held and not (
            self.products or self.orders or self.invoices or self.balance or self.members or self.payments
        )

    @property
    def may_pay(self) -> bool:
        """Whether the prepaid account covers all that is due."""
        return bool(self.invoices) and self.balance >= self.due


def checklist(organization: Organization, *, user_id: UUID | None, at: datetime) -> Checklist:
    """Return what stands in the way, for whoever deletes: she herself does not."""
    invoices = list(
        Invoice.objects.filter(organization=organization, kind="invoice", state=InvoiceState.OPEN).order_by(
            "due_on", "pk"
        )
    )
    open_ = [settlement.open_amount(invoice) for invoice in invoices]
    return Checklist(
        products=list(
            Subscription.objects.filter(organization=organization)
            .exclude(state=SubscriptionState.TERMINATED)
            .order_by("name", "pk")
        ),
        orders=list(Order.objects.filter(organization=organization, state="open").order_by("pk")),
        invoices=invoices,
        due=Money.total([one for one in open_ if one.currency == organization.currency], organization.currency),
        balance=prepaid.balance(organization),
        members=list(
            Membership.objects.filter(organization=organization)
            .exclude(user_id=user_id or organization.pk)
            .select_related("user")
            .order_by("joined_at", "pk")
        ),
        payments=Payment.objects.filter(organization=organization, state=PaymentState.PENDING).count(),
        is_held=holds.is_held(organization_id=organization.pk, at=at),
    )


def check_password(user: User, password: str) -> None:
    """Raises: WrongPassword."""
    if not user.check_password(password):
        raise WrongPassword()


@transaction.atomic
def stop_products(*, organization_id: UUID, actor: Actor, at: datetime) -> int:
    """End all products at once, and give up all orders that wait; return how many."""
    Organization.objects.locked().get(pk=organization_id)
    found = checklist(Organization.objects.get(pk=organization_id), user_id=actor.user_id, at=at)
    for order in found.orders:
        orders.cancel(order_id=order.pk, actor=actor, at=at)
    for subscription in found.products:
        if subscription.cancellations.filter(ended_at=None, withdrawn_at=None).exists():
            cancellation.take_back(subscription_id=subscription.pk, actor=actor, at=at)
        try:
            with transaction.atomic():
                cancellation.cancel(subscription_id=subscription.pk, reason="", when=When.NOW, actor=actor, at=at)
        except NotCancellable:
            # It ended between the reading and now.
            continue
    return len(found.orders) + len(found.products)


@transaction.atomic
def pay_invoices(*, organization_id: UUID, actor: Actor, at: datetime) -> int:
    """
    Pay all that is due from the prepaid account; return how many invoices.

    Raises: InsufficientFunds; AlreadyCharged, where the money for one is on its way.
    """
    organization: Organization = Organization.objects.locked().get(pk=organization_id)
    found = checklist(organization, user_id=actor.user_id, at=at)
    for invoice in found.invoices:
        charging.require_uncharged(organization_id=organization_id, purpose=invoice.public_id)
        prepaid.spend(
            organization_id=organization_id,
            purpose=invoice.public_id,
            amount=settlement.open_amount(invoice),
            actor=actor,
            at=at,
        )
    return len(found.invoices)


@transaction.atomic
def remove_members(*, organization_id: UUID, may_grant_owner: bool, actor: Actor, at: datetime) -> int:
    """
    End the memberships of everybody else; return how many.

    Raises: OwnersOnly, where somebody who is no owner would remove one.
    """
    organization: Organization = Organization.objects.locked().get(pk=organization_id)
    others = checklist(organization, user_id=actor.user_id, at=at).members
    for other in others:
        membership.remove(membership_id=other.pk, may_grant_owner=may_grant_owner, actor=actor, at=at)
    return len(others)


@transaction.atomic
def delete(
    *, organization_id: UUID, name: str, actor: Actor, language: str, at: datetime, comment: str = ""
) -> OrganizationDeletion:
    """
    Delete an empty organization: nobody gets in any more, and all that no law keeps is erased. Asked as staff.

    Raises: NameDiffers; OnHold; NotEmpty, also where somebody ordered, paid or joined a moment ago.
    """
    # Stronger than `locked()`: rows that refer to it wait for us, and are refused afterwards.
    organization: Organization = Organization.objects.select_for_update().get(pk=organization_id)
    if " ".join(name.split()) != " ".join(organization.name.split()):
        raise NameDiffers(name=organization.name)
    holds.refuse_if_held(organization_id=organization.pk, at=at)
    if organization.deleted_at or not checklist(organization, user_id=actor.user_id, at=at).is_clear:
        raise NotEmpty()

    if comment.strip():
        feedback.give(occasion=Occasion.ORGANIZATION_DELETED, comment=comment, language=language, at=at)
    trail.record(actor, "organization.deleted", organization.public_id, organization_id=organization.pk, at=at)
    organization.deleted_at = at
    organization.save(update_fields=["deleted_at"])
    erased = erasure.erase(organization, at=at)
    deletion: OrganizationDeletion = OrganizationDeletion.objects.create(
        organization=organization, user_id=actor.user_id, deleted_at=at, erased=erased
    )
    facts.publish(
        events.OrganizationDeleted(
            organization_id=None,
            happened_at=at,
            deletion=deletion.public_id,
            user=ids.public(User.prefix, actor.user_id) if actor.user_id else "",
            language=language,
        )
    )
    return deletion
