"""Activation: from a paid order to a running product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.catalog.models import Plan, Price
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM, Actor
from plancia.kernel.periods import Period
from plancia.kernel.refusals import Refusal
from plancia.outbox import facts
from plancia.provisioning.states import Presence
from plancia.subscriptions import discounts, events, fulfilment
from plancia.subscriptions.discounts import Promise
from plancia.subscriptions.models import Subscription, Term
from plancia.subscriptions.states import Reason, SubscriptionState


class PriceOfAnotherPlan(Refusal):
    """A product is bought at a price of its plan, for the months that the price is for."""

    code = "price_of_another_plan"
    sentence = _("This price does not belong to the product that was chosen.")


@transaction.atomic
def take(
    *,
    organization_id: UUID,
    plan: Plan,
    price: Price,
    months: int,
    quantity: int,
    choices: Mapping[str, object],
    name: str,
    at: datetime,
    is_renewing: bool = False,
    invoice: str = "",
    promise: Promise | None = None,
    actor: Actor = SYSTEM,
) -> Subscription:
    """
    Give an organization a product whose first term is paid, and ask for its service.

    The first term starts at `at`, which is the anchor of all that follow. `invoice` is the public id of the invoice
    that bills the term, where it is known already; else say it by `bill` in the same transaction.

    Units: the term costs the price's amount times `quantity`, less what `promise` takes off its first terms.
    Raises: PriceOfAnotherPlan.
    """
    if price.plan_id != plan.pk or price.months != months:
        raise PriceOfAnotherPlan()
    period = Period.term(at, after_months=0, months=months)
    subscription: Subscription = Subscription.objects.create(
        organization_id=organization_id,
        plan=plan,
        price=price,
        product_type=plan.product_type.code,
        name=name[:253],
        quantity=quantity,
        choices=dict(choices),
        months=months,
        currency=price.currency,
        reason=Reason.PROVISIONING,
        is_renewing=is_renewing,
        anchor_at=period.starts_at,
        paid_until=period.ends_at,
        ordered_at=at,
    )
    term = Term(
        organization_id=organization_id,
        subscription=subscription,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        plan=plan,
        quantity=quantity,
        months=months,
        price=price,
        net_minor=price.amount.times(quantity).minor,
        currency=price.currency,
        invoice=invoice,
        offered_at=at,
        paid_at=at,
    )
    if promise:
        discounts.reduce(term, discounts.give(promise, subscription, at=at), promise.reduction)
    term.save(force_insert=True)
    fulfilment.want([subscription], Presence.RUNNING, at=at)
    trail.record(
        actor,
        "subscription.taken",
        subscription.public_id,
        organization_id=organization_id,
        at=at,
        plan=plan.code,
        name=subscription.name,
        months=months,
        quantity=quantity,
    )
    facts.publish(
        events.SubscriptionTaken(organization_id=organization_id, happened_at=at, subscription=subscription.public_id)
    )
    return subscription


@transaction.atomic
def bill(*, subscriptions: Sequence[Subscription], invoice: str) -> None:
    """Record which invoice bills the first terms of products that were just taken."""
    Term.objects.filter(subscription__in=subscriptions, invoice="", net_minor__gt=0).update(invoice=invoice)


@transaction.atomic
def settle(*, subscription_id: UUID, presence: Presence, at: datetime) -> Subscription:
    """
    Take note of what became of a product's service: one that runs makes a pending product active.

    Anything else changes nothing: enforcement and cancellation move the product first and the service afterwards.
    """
    subscription: Subscription = Subscription.objects.locked().get(pk=subscription_id)
    if presence is Presence.RUNNING and subscription.state == SubscriptionState.PENDING:
        subscription.activate(at=at)
        Subscription.save_moved([subscription])
        trail.record(
            SYSTEM,
            "subscription.activated",
            subscription.public_id,
            organization_id=subscription.organization_id,
            at=at,
        )
        facts.publish(
            events.SubscriptionActivated(
                organization_id=subscription.organization_id, happened_at=at, subscription=subscription.public_id
            )
        )
    return subscription
