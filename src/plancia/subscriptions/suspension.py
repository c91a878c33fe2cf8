"""Suspension: what happens to a product whose next term is not paid, and how it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from plancia.audit import trail
from plancia.bank import matching
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import clock, ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.outbox import facts
from plancia.outbox.events import Event
from plancia.provisioning.states import Presence
from plancia.subscriptions import dunning, events, fulfilment, renewal, termination
from plancia.subscriptions.models import Cancellation, Subscription, Term
from plancia.subscriptions.states import Reason, SubscriptionState
from plancia.subscriptions.timeline import all_timelines, timeline

#: From the mildest to the last: enforcement only moves along it.
_SEVERITY = [
    SubscriptionState.ACTIVE,
    SubscriptionState.RESTRICTED,
    SubscriptionState.SUSPENDED,
    SubscriptionState.TERMINATED,
]


def enforce(*, at: datetime, organization_id: UUID | None = None) -> int:
    """
    Restrict, suspend and end what stays unpaid, and end what was given up; return how many products moved.

    Grace counts from the end of the paid time, or from the offer where that came later: nobody is punished for an
    offer that we made too late. A promise to pay holds it off, and so does money that nobody has matched yet.

    Source: SPEC 5.5, settings.SUBSCRIPTION_DAYS, dunning.toml.
    """
    given_up = Cancellation.objects.filter(
        subscription=OuterRef("pk"), ended_at=None, withdrawn_at=None, effective_at__lte=at
    )
    soonest = at - clock.days(min(line.restrict for line in all_timelines()))
    unpaid = Term.objects.filter(
        subscription=OuterRef("pk"),
        paid_at=None,
        withdrawn_at=None,
        offered_at__lte=soonest,
        starts_at__lte=soonest,
    )
    due = (
        Subscription.objects.filter(paid_until__lte=at)
        .exclude(state=SubscriptionState.TERMINATED)
        .filter(Exists(given_up) | Exists(unpaid))
        .order_by("organization_id", "pk")
        .values_list("pk", "organization_id")
    )
    if organization_id:
        due = due.filter(organization_id=organization_id)
    return sum(_enforce(batch, at=at) for batch in renewal.batches(list(due)))


def resume(*, subscriptions: Sequence[Subscription], at: datetime) -> None:
    """
    Let products run again that were held for want of payment. Part of a use case: the caller holds the locks.

    What a customer or the provider blocked for another reason stays blocked.
    """
    for subscription in subscriptions:
        if subscription.reason != Reason.UNPAID:
            continue
        if subscription.state == SubscriptionState.SUSPENDED:
            fulfilment.want(subscription, Presence.RUNNING, at=at)
        subscription.activate(at=at)
        _tell(events.SubscriptionResumed(**_about(subscription, at)), subscription, at=at)


@transaction.atomic
def _enforce(subscription_ids: Sequence[UUID], *, at: datetime) -> int:
    held = renewal.locked_with_companions(subscription_ids)
    wanted = [held[key] for key in subscription_ids if held[key].state != SubscriptionState.TERMINATED]
    given_up = set(
        Cancellation.objects.filter(
            subscription__in=wanted, ended_at=None, withdrawn_at=None, effective_at__lte=at
        ).values_list("subscription_id", flat=True)
    )
    standings = _standings(wanted, at=at)

    ended = [one for one in wanted if one.pk in given_up]
    expired = [
        one for one in wanted if one.pk not in given_up and standings.get(one.pk) == SubscriptionState.TERMINATED
    ]
    moved = len(ended) + len(expired)
    for subscription in wanted:
        standing = standings.get(subscription.pk)
        if subscription.pk in given_up or standing is None or not _is_worse(standing, subscription.state):
            continue
        if standing is SubscriptionState.RESTRICTED:
            subscription.restrict(reason=Reason.UNPAID)
            _tell(events.SubscriptionRestricted(**_about(subscription, at)), subscription, at=at)
            moved += 1
        elif standing is SubscriptionState.SUSPENDED:
            subscription.suspend(reason=Reason.UNPAID)
            fulfilment.want(subscription, Presence.SUSPENDED, at=at)
            _tell(events.SubscriptionSuspended(**_about(subscription, at)), subscription, at=at)
            moved += 1
    termination.end(subscriptions=ended, reason=Reason.CANCELLED, actor=SYSTEM, at=at)
    termination.end(subscriptions=expired, reason=Reason.EXPIRED, actor=SYSTEM, at=at)
    return moved


def _standings(subscriptions: Sequence[Subscription], *, at: datetime) -> dict[UUID, SubscriptionState]:
    """What each product should be by its unpaid term; one whose invoice is paid waits for the fact that says so."""
    open_terms = Term.objects.filter(subscription__in=subscriptions, paid_at=None, withdrawn_at=None)
    terms = list(open_terms.select_related("organization").order_by("pk"))
    keys = {term.invoice: ids.parse(Invoice.prefix, term.invoice) for term in terms}
    open_ = set(
        Invoice.objects.filter(pk__in=[key for key in keys.values() if key], state=InvoiceState.OPEN).values_list(
            "pk", flat=True
        )
    )
    paused = matching.paused_organizations() if terms else set()
    promises = dunning.held_until(keys)
    return {
        term.subscription_id: timeline(term.organization).standing(
            max(term.starts_at, term.offered_at), at, not_before=promises.get(term.invoice)
        )
        for term in terms
        if keys[term.invoice] in open_ and term.organization_id not in paused
    }


def _is_worse(standing: SubscriptionState, state: str) -> bool:
    present = SubscriptionState(state)
    return present in _SEVERITY and _SEVERITY.index(standing) > _SEVERITY.index(present)


def _about(subscription: Subscription, at: datetime) -> dict[str, Any]:
    return {
        "organization_id": subscription.organization_id,
        "happened_at": at,
        "subscription": subscription.public_id,
        "reason": subscription.reason,
    }


def _tell(event: Event, subscription: Subscription, *, at: datetime) -> None:
    trail.record(
        SYSTEM,
        event.name,
        subscription.public_id,
        organization_id=subscription.organization_id,
        at=at,
        reason=subscription.reason,
    )
    facts.publish(event)
