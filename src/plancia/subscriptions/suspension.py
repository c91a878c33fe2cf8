"""Suspension: what happens to a product whose next term is not paid, and how it is mended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef

from plancia.audit import trail
from plancia.bank import matching
from plancia.billing.models import Invoice
from plancia.billing.states import InvoiceState
from plancia.kernel import batches, clock, ids, transaction
from plancia.kernel.actors import SYSTEM
from plancia.outbox import facts
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

_Happened = events.SubscriptionRestricted | events.SubscriptionSuspended | events.SubscriptionResumed


def enforce(*, at: datetime, organization_id: UUID | None = None, progress: batches.Progress | None = None) -> int:
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
    return batches.work_off(list(due), lambda batch: _enforce(batch, at=at), progress)


def resume(*, subscriptions: Sequence[Subscription], at: datetime) -> None:
    """
    Let products run again that were held for want of payment. Part of a use case: the caller holds the locks.

    What a customer or the provider blocked for another reason stays blocked.
    """
    held = [one for one in subscriptions if one.reason == Reason.UNPAID]
    fulfilment.want([one for one in held if one.state == SubscriptionState.SUSPENDED], Presence.RUNNING, at=at)
    for subscription in held:
        subscription.activate(at=at)
    Subscription.save_moved(held)
    _tell(events.SubscriptionResumed, held, at=at)


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
    others = [one for one in wanted if one.pk not in given_up and _is_worse(standings.get(one.pk), one.state)]
    restricted = [one for one in others if standings[one.pk] is SubscriptionState.RESTRICTED]
    suspended = [one for one in others if standings[one.pk] is SubscriptionState.SUSPENDED]
    for subscription in restricted:
        subscription.restrict(reason=Reason.UNPAID)
    for subscription in suspended:
        subscription.suspend(reason=Reason.UNPAID)
    Subscription.save_moved([*restricted, *suspended])
    fulfilment.want(suspended, Presence.SUSPENDED, at=at)
    _tell(events.SubscriptionRestricted, restricted, at=at)
    _tell(events.SubscriptionSuspended, suspended, at=at)
    termination.end(subscriptions=ended, reason=Reason.CANCELLED, actor=SYSTEM, at=at)
    termination.end(subscriptions=expired, reason=Reason.EXPIRED, actor=SYSTEM, at=at)
    return len(ended) + len(expired) + len(restricted) + len(suspended)


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


def _is_worse(standing: SubscriptionState | None, state: str) -> bool:
    present = SubscriptionState(state)
    return standing is not None and present in _SEVERITY and _SEVERITY.index(standing) > _SEVERITY.index(present)


def _tell(event: type[_Happened], subscriptions: Sequence[Subscription], *, at: datetime) -> None:
    trail.record_all(
        [
            trail.entry(
                SYSTEM, event.name, one.public_id, organization_id=one.organization_id, at=at, reason=one.reason
            )
            for one in subscriptions
        ]
    )
    facts.publish_all(
        [
            event(organization_id=one.organization_id, happened_at=at, subscription=one.public_id, reason=one.reason)
            for one in subscriptions
        ]
    )
