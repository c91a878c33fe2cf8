"""
Declarations: a contract is ended by a public form, without signing in.

Whoever declares gets a receipt with the time at once. What can be attributed to one product of somebody who may cancel
it is carried out by the usual way; the rest is for staff.
Source: § 312k BGB; Code de la consommation, art. L215-1-1; docs/decisions/0085-leaving-by-law.md.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.kernel import ids, transaction
from plancia.kernel.actors import SYSTEM, Actor, ActorKind
from plancia.kernel.refusals import Refusal
from plancia.leaving import cancelling, events
from plancia.leaving.models import Declaration
from plancia.organizations.models import Membership, Organization
from plancia.organizations.roles import Permission, Role, granted
from plancia.outbox import facts
from plancia.subscriptions.cancellation import When
from plancia.subscriptions.models import Subscription
from plancia.subscriptions.states import SubscriptionState


class Kind(StrEnum):
    """What is declared."""

    ORDINARY = "ordinary"
    EXTRAORDINARY = "extraordinary"
    WITHDRAWAL = "withdrawal"

    @property
    def label(self) -> str | Promise:
        """How people call it."""
        return _KINDS[self]


class NoSuchProduct(Refusal):
    """Staff name the product that a declaration is about by its number."""

    code = "no_such_product"
    sentence = _("There is no running product with this number.")
    field = "product"


class DeclarationSettled(Refusal):
    """A declaration is dealt with once."""

    code = "declaration_settled"
    sentence = _("This declaration is dealt with already.")


@transaction.atomic
def declare(
    *, kind: Kind, name: str, email: str, product: str, reason: str, language: str, at: datetime
) -> Declaration:
    """Take a declaration down as it was received. Its author learns nothing of what we know."""
    declaration: Declaration = Declaration(
        kind=kind,
        name=name.strip()[:200],
        email=email,
        product=product.strip()[:253],
        reason=reason.strip()[:2_000],
        language=language,
        received_at=at,
    )
    Declaration.objects.bulk_create([declaration])
    facts.publish(events.DeclarationReceived(organization_id=None, happened_at=at, declaration=declaration.public_id))
    return declaration


@transaction.atomic
def attribute(*, declaration_id: UUID, at: datetime) -> bool:
    """
    Carry out an ordinary declaration that can be about one product only; say whether it could. Asked as staff.

    The usual way is `cancelling.request`: where the law lets us, its author has to use the link in a mail first.
    """
    declaration: Declaration = Declaration.objects.locked().get(pk=declaration_id)
    if declaration.settled_at or declaration.kind != Kind.ORDINARY:
        return False
    found = [one for one in _meant(declaration.product) if _may_cancel(one, declaration.email)]
    if len(found) != 1:
        return False
    return _carry_out(declaration, found[0], by=SYSTEM.label, at=at)


@transaction.atomic
def settle(*, declaration_id: UUID, product: str, actor: Actor, at: datetime) -> Declaration:
    """
    Deal with a declaration: cancel the product that it is found to be about, or take note that it is done.

    Raises: DeclarationSettled; NoSuchProduct.
    """
    declaration: Declaration = Declaration.objects.locked().get(pk=declaration_id)
    if declaration.settled_at:
        raise DeclarationSettled()
    if not product.strip():
        declaration.settle(by=actor.label, at=at)
        return declaration
    subscription = Subscription.objects.by_public_id(product.strip()).exclude(state="terminated").first()
    if subscription is None:
        raise NoSuchProduct()
    _carry_out(declaration, subscription, by=actor.label, at=at)
    return declaration


def _carry_out(declaration: Declaration, subscription: Subscription, *, by: str, at: datetime) -> bool:
    try:
        with transaction.atomic():
            cancelling.request(
                organization_id=subscription.organization_id,
                subscription_ids=[subscription.pk],
                when=When.END_OF_TERM,
                email=declaration.email,
                language=declaration.language,
                comment=declaration.reason,
                actor=Actor(ActorKind.USER, declaration.name),
                at=at,
            )
    except Refusal:
        # It is given up already, or waits for the link: what was declared is so, or on its way.
        pass
    declaration.organization_id, declaration.subscription_id = subscription.organization_id, subscription.pk
    declaration.settle(by=by, at=at)
    return True


def _meant(text: str) -> list[Subscription]:
    key = ids.parse(Subscription.prefix, text.strip())
    running = Subscription.objects.exclude(state=SubscriptionState.TERMINATED).select_related("organization")
    return list(running.filter(Q(pk=key) if key else Q(name__iexact=text.strip())).order_by("pk")[:100])


def _may_cancel(subscription: Subscription, email: str) -> bool:
    organization: Organization = subscription.organization
    if organization.billing_email and organization.billing_email.lower() == email.lower():
        return True
    members = Membership.objects.filter(organization=organization, user__email__iexact=email, user__is_active=True)
    return any(Permission.CANCEL_PRODUCTS in granted(Role(one.role), has_billing=one.has_billing) for one in members)


_KINDS = {
    Kind.ORDINARY: _("I cancel: the contract ends at the next possible date"),
    Kind.EXTRAORDINARY: _("I cancel for an important reason"),
    Kind.WITHDRAWAL: _("I withdraw from a contract that I have just concluded"),
}
