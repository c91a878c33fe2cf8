"""Fulfilment: what a product asks of provisioning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from plancia.provisioning import resources
from plancia.provisioning.resources import Wish
from plancia.provisioning.states import Presence
from plancia.subscriptions.models import Subscription


def want(subscriptions: Sequence[Subscription], presence: Presence, *, at: datetime) -> None:
    """Ask that the services of products be running, suspended or absent. Asking twice is asking once."""
    resources.want([_wish(one, presence) for one in subscriptions], at=at)


def _wish(subscription: Subscription, presence: Presence) -> Wish:
    plan = subscription.plan
    return Wish(
        organization_id=subscription.organization_id,
        subject=subscription.public_id,
        driver=plan.product_type.driver,
        presence=presence,
        specification={
            **plan.specification,
            "type": subscription.product_type,
            "name": subscription.name,
            "quantity": subscription.quantity,
            "choices": subscription.choices,
        },
    )
