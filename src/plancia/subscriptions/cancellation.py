"""Cancellation: giving a product up, and changing one's mind."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.outbox import facts
from plancia.subscriptions import events, renewal, termination
from plancia.subscriptions.models import Cancellation, Subscription
from plancia.subscriptions.states import Reason


class When(StrEnum):
    END_OF_TERM = "end_of_term"
    NOW = "now"


class NotCancellable(Refusal):
    """What has ended or is given up already cannot be given up again."""

    code = "not_cancellable"
    sentence = _("This product is already cancelled.")


class NotCancelled(Refusal):
    """Only a cancellation that waits can be taken back."""

    code = "not_cancelled"
    sentence = _("There is no cancellation to take back.")


@transaction.atomic
def cancel(
    *, subscription_id: UUID, reason: str, actor: Actor, at: datetime, when: When = When.END_OF_TERM
) -> Subscription:
    """
    Give a product up, at the end of the paid time or at once. Nothing more is asked for it.

    Raises: NotCancellable, when it has ended or a cancellation is on file.
    Source: SPEC 7.1.
    """
    subscription = renewal.locked_with_companions([subscription_id])[subscription_id]
    waiting = Cancellation.objects.filter(subscription=subscription, ended_at=None, withdrawn_at=None)
    if subscription.has_ended or waiting.exists():
        raise NotCancellable()

    effective_at = at if when is When.NOW else max(at, subscription.paid_until or at)
    Cancellation.objects.create(
        organization_id=subscription.organization_id,
        subscription=subscription,
        reason=reason[:2_000],
        filed_by=actor.label,
        filed_at=at,
        effective_at=effective_at,
    )
    subscription.is_renewing = False
    subscription.save(update_fields=["is_renewing"])
    trail.record(
        actor,
        "subscription.cancelled",
        subscription.public_id,
        organization_id=subscription.organization_id,
        at=at,
        when=when,
        reason=reason[:2_000],
    )
    facts.publish(
        events.CancellationFiled(
            organization_id=subscription.organization_id,
            happened_at=at,
            subscription=subscription.public_id,
            effective_at=effective_at.isoformat(),
        )
    )
    if effective_at == at:
        termination.end(subscriptions=[subscription], reason=Reason.CANCELLED, actor=actor, at=at)
    else:
        renewal.withdraw(subscription_ids=[subscription.pk], actor=actor, at=at)
    return subscription


@transaction.atomic
def take_back(*, subscription_id: UUID, actor: Actor, at: datetime) -> Subscription:
    """
    Change one's mind before the product ends; its renewal is offered again when it is due.

    Raises: NotCancelled, where no cancellation waits.
    """
    subscription: Subscription = Subscription.objects.locked().get(pk=subscription_id)
    waiting = Cancellation.objects.filter(subscription=subscription, ended_at=None, withdrawn_at=None)
    if subscription.has_ended or not waiting.update(withdrawn_at=at):
        raise NotCancelled()
    trail.record(
        actor,
        "subscription.cancellation_taken_back",
        subscription.public_id,
        organization_id=subscription.organization_id,
        at=at,
    )
    return subscription
