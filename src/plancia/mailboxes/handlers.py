"""Mailboxes follow their product."""

from __future__ import annotations

from datetime import datetime

from plancia.kernel import ids
from plancia.mailboxes import keeping
from plancia.outbox import facts
from plancia.subscriptions.events import (
    SubscriptionActivated,
    SubscriptionResumed,
    SubscriptionSuspended,
    SubscriptionTerminated,
)
from plancia.subscriptions.models import Subscription

Moved = SubscriptionActivated | SubscriptionSuspended | SubscriptionResumed | SubscriptionTerminated


@facts.handles(SubscriptionActivated)
@facts.handles(SubscriptionSuspended)
@facts.handles(SubscriptionResumed)
@facts.handles(SubscriptionTerminated)
def follow(event: Moved, *, at: datetime) -> None:
    """Serve mailboxes as long as their product runs."""
    key = ids.parse(Subscription.prefix, event.subscription)
    if key:
        keeping.follow(product_id=key, at=at)
