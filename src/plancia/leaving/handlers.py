"""What leaving hears of."""

from __future__ import annotations

from datetime import datetime

from plancia.kernel import ids
from plancia.leaving import cancelling, declarations, events
from plancia.leaving.events import DeclarationReceived
from plancia.leaving.models import Declaration
from plancia.outbox import facts
from plancia.provisioning.events import ResourceSettled
from plancia.provisioning.states import Presence
from plancia.subscriptions.events import SubscriptionTerminated
from plancia.subscriptions.models import Subscription


@facts.handles(SubscriptionTerminated)
def on_subscription_terminated(event: SubscriptionTerminated, *, at: datetime) -> None:
    """Let no cancellation wait for a product that has ended."""
    key = ids.parse(Subscription.prefix, event.subscription)
    if key:
        cancelling.close_ended(subscription_id=key, at=at)


@facts.handles(ResourceSettled)
def on_resource_settled(event: ResourceSettled, *, at: datetime) -> None:
    """Say that what a product held is destroyed, once its driver saw it gone."""
    if event.presence == Presence.ABSENT and ids.parse(Subscription.prefix, event.subject):
        facts.publish(
            events.ProductDestroyed(
                organization_id=event.organization_id,
                happened_at=at,
                subscription=event.subject,
                resource=event.resource,
            )
        )


@facts.handles(DeclarationReceived)
def on_declaration_received(event: DeclarationReceived, *, at: datetime) -> None:
    """Carry a declaration out, where it is clear what it is about; else it waits for staff."""
    key = ids.parse(Declaration.prefix, event.declaration)
    if key:
        declarations.attribute(declaration_id=key, at=at)
