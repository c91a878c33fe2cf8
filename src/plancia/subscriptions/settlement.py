"""Settlement: what a paid or credited invoice does to the terms that it bills."""

from __future__ import annotations

from datetime import datetime

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import SYSTEM
from plancia.outbox import facts
from plancia.subscriptions import events, plan_change, renewal, suspension, termination
from plancia.subscriptions.models import Change, Subscription, Term
from plancia.subscriptions.states import Reason, SubscriptionState


@transaction.atomic
def record_paid(*, invoice: str, at: datetime) -> int:
    """
    Begin the terms that a paid invoice bills, and let what was held for it run again; return how many terms.

    Asking twice is asking once: a term is paid once.
    """
    waiting = Term.objects.filter(invoice=invoice, paid_at=None, withdrawn_at=None)
    held = {
        subscription.pk: subscription
        for subscription in Subscription.objects.filter(pk__in=waiting.values("subscription_id"))
        .select_related("plan__product_type")
        .locked()
    }
    terms = list(waiting.filter(subscription__in=held).order_by("starts_at", "pk"))
    for term in terms:
        subscription = held[term.subscription_id]
        term.paid_at = at
        subscription.advance(term)
        trail.record(
            SYSTEM,
            "subscription.renewed",
            subscription.public_id,
            organization_id=term.organization_id,
            at=at,
            invoice=invoice,
            paid_until=term.ends_at.isoformat(),
        )
        facts.publish(
            events.SubscriptionRenewed(
                organization_id=term.organization_id,
                happened_at=at,
                subscription=subscription.public_id,
                paid_until=term.ends_at.isoformat(),
            )
        )
    Term.objects.bulk_update(terms, ["paid_at"])
    Subscription.objects.bulk_update(held.values(), Subscription.ADVANCED)
    changing = Change.objects.filter(subscription__in=held, applied_at=None, withdrawn_at=None)
    for key in changing.values_list("subscription_id", flat=True):
        plan_change.apply(subscription_id=key, at=at)
    suspension.resume(
        subscriptions=[
            one for one in held.values() if one.state in (SubscriptionState.RESTRICTED, SubscriptionState.SUSPENDED)
        ],
        at=at,
    )
    return len(terms)


@transaction.atomic
def record_credited(*, invoice: str, at: datetime) -> int:
    """
    Take back the terms of an invoice that was credited as a whole; return how many.

    An offer is withdrawn, and made anew if the product goes on. The paid time of a product ends where a term that
    was paid back began, and a product without any paid time ends. A term that later ones build on stays as it is:
    it was used.
    """
    mine = Term.objects.filter(invoice=invoice, withdrawn_at=None)
    held = renewal.locked_with_companions(list(mine.values_list("subscription_id", flat=True)))
    withdrawn, shortened, ended = [], [], []
    for term in mine.filter(subscription__in=held).order_by("starts_at", "pk"):
        subscription = held[term.subscription_id]
        if term.paid_at and subscription.paid_until != term.ends_at:
            continue
        if term.paid_at:
            subscription.paid_until = term.starts_at
            shortened.append(subscription)
            if subscription.anchor_at == term.starts_at and not subscription.has_ended:
                ended.append(subscription)
        term.withdrawn_at = at
        withdrawn.append(term)
    Term.objects.bulk_update(withdrawn, ["withdrawn_at"])
    Subscription.objects.bulk_update(shortened, ["paid_until"])
    # An offer for the time after a term that was taken back has lost its footing.
    renewal.withdraw(subscription_ids=[one.pk for one in shortened], actor=SYSTEM, at=at)
    termination.end(subscriptions=ended, reason=Reason.CANCELLED, actor=SYSTEM, at=at)
    return len(withdrawn)
