"""Fulfilment: what a product asks of provisioning."""

from __future__ import annotations

from datetime import datetime

from plancia.provisioning import resources
from plancia.provisioning.states import Presence
from plancia.subscriptions.models import Subscription


def want(subscription: Subscription, presence: Presence, *, at: datetime) -> None:
    """Ask that the product's service be running, suspended or absent. Asking twice is asking once."""
    plan = subscription.plan
    resources.want(
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
        at=at,
    )
