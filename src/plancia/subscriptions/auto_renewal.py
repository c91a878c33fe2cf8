"""Auto-renewal: letting products renew themselves, or not. Source: SPEC 5.4."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.subscriptions.models import Cancellation, Subscription
from plancia.subscriptions.states import SubscriptionState


@transaction.atomic
def switch(*, subscription_ids: Sequence[UUID], is_renewing: bool, actor: Actor, at: datetime) -> int:
    """
    Let products renew themselves from the prepaid account, or stop it; return how many changed.

    Products that have ended or are given up are passed over: nothing of theirs is renewed.
    """
    given_up = Cancellation.objects.filter(
        subscription__in=subscription_ids, ended_at=None, withdrawn_at=None
    ).values_list("subscription_id", flat=True)
    changed: list[Subscription] = list(
        Subscription.objects.filter(pk__in=subscription_ids, is_renewing=not is_renewing)
        .exclude(state=SubscriptionState.TERMINATED)
        .exclude(pk__in=set(given_up))
        .locked()
    )
    for subscription in changed:
        subscription.is_renewing = is_renewing
        trail.record(
            actor,
            "subscription.auto_renewal_switched",
            subscription.public_id,
            organization_id=subscription.organization_id,
            at=at,
            is_renewing=is_renewing,
        )
    Subscription.objects.bulk_update(changed, ["is_renewing"])
    return len(changed)
