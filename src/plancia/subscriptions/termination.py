"""Termination: the end of a product."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plancia.audit import trail
from plancia.kernel.actors import Actor
from plancia.outbox import facts
from plancia.provisioning.states import Presence
from plancia.subscriptions import events, fulfilment, renewal
from plancia.subscriptions.models import Cancellation, Change, Subscription
from plancia.subscriptions.states import Reason


def end(*, subscriptions: Sequence[Subscription], reason: Reason, actor: Actor, at: datetime) -> None:
    """
    End products now: their services go, and nothing more is asked for them.

    Part of a use case: the caller has the transaction, and holds the locks by `renewal.locked_with_companions`.
    """
    for subscription in subscriptions:
        subscription.terminate(reason=reason, at=at)
    Subscription.save_moved(subscriptions)
    fulfilment.want(subscriptions, Presence.ABSENT, at=at)
    trail.record_all(
        [
            trail.entry(
                actor,
                "subscription.terminated",
                one.public_id,
                organization_id=one.organization_id,
                at=at,
                reason=reason,
            )
            for one in subscriptions
        ]
    )
    facts.publish_all(
        [
            events.SubscriptionTerminated(
                organization_id=one.organization_id, happened_at=at, subscription=one.public_id, reason=reason
            )
            for one in subscriptions
        ]
    )
    Change.objects.filter(subscription__in=subscriptions, applied_at=None, withdrawn_at=None).update(withdrawn_at=at)
    Cancellation.objects.filter(subscription__in=subscriptions, ended_at=None, withdrawn_at=None).update(ended_at=at)
    renewal.withdraw(subscription_ids=[subscription.pk for subscription in subscriptions], actor=actor, at=at)
