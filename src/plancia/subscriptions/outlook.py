"""Outlook: what happens next to a product, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.subscriptions import collection
from plancia.subscriptions.models import Cancellation, Subscription, Term
from plancia.subscriptions.states import Reason, SubscriptionState
from plancia.subscriptions.timeline import Timeline, timeline


@dataclass(frozen=True, slots=True)
class NextStep:
    """What happens next. `on` is when, where a date is known; `invoice` is what the customer can pay to change it."""

    on: datetime | None
    sentence: str | Promise
    invoice: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """The next term, offered and unpaid."""

    starts_at: datetime
    offered_at: datetime
    invoice: str


def next_step(subscription: Subscription, *, at: datetime) -> NextStep:
    """Return the next step of one product, in two queries. Lists read what it needs in sets, and call `foresee`."""
    cancellation = Cancellation.objects.filter(subscription=subscription, ended_at=None, withdrawn_at=None).first()
    term = Term.objects.filter(subscription=subscription, paid_at=None, withdrawn_at=None).first()
    return foresee(
        subscription,
        ending_at=cancellation.effective_at if cancellation else None,
        offer=Offer(term.starts_at, term.offered_at, term.invoice) if term else None,
        days=timeline(subscription.organization),
        at=at,
    )


def foresee(
    subscription: Subscription, *, ending_at: datetime | None, offer: Offer | None, days: Timeline, at: datetime
) -> NextStep:
    """
    Return what happens next to a product, by the timeline that is published for its organization.

    `ending_at` is when a cancellation takes effect; `offer` the next term while it is unpaid.

    Source: SPEC 3.3 and 5.5, settings.SUBSCRIPTION_DAYS.
    """
    if subscription.has_ended:
        return NextStep(None, _("It has ended."))
    if ending_at:
        return NextStep(ending_at, _("It ends, and its data are deleted."))
    if subscription.state == SubscriptionState.PENDING:
        return NextStep(None, _("It is being set up."))
    if subscription.state in _HELD and subscription.reason != Reason.UNPAID:
        return NextStep(subscription.paid_until, _("It is paid until then."))
    if offer:
        return _while_unpaid(subscription, offer, days, at=at)
    if subscription.paid_until is None:
        return NextStep(None, _("Nothing is planned."))
    if subscription.is_renewing and (collected_at := collection.next_attempt(subscription, days, at=at)):
        return NextStep(collected_at, _("It renews by itself."))
    return NextStep(
        max(subscription.paid_until - days.lead(subscription.months), at), _("Its renewal is offered for payment.")
    )


_HELD = (SubscriptionState.RESTRICTED, SubscriptionState.SUSPENDED)


def _while_unpaid(subscription: Subscription, offer: Offer, days: Timeline, *, at: datetime) -> NextStep:
    since = max(offer.starts_at, offer.offered_at)
    coming = dict(days.steps(since))
    collected_at = next((when for when in days.attempts(offer.starts_at) if when > at), None)
    if subscription.state == SubscriptionState.SUSPENDED:
        ends_at = coming[SubscriptionState.TERMINATED]
        step = ends_at, _("It ends and its data are deleted, unless the renewal is paid.")
    elif subscription.state == SubscriptionState.RESTRICTED:
        step = coming[SubscriptionState.SUSPENDED], _("It is suspended, unless the renewal is paid.")
    elif at >= offer.starts_at:
        step = coming[SubscriptionState.RESTRICTED], _("It is restricted, unless the renewal is paid.")
    elif subscription.is_renewing and collected_at:
        step = collected_at, _("Its renewal is collected.")
    else:
        step = offer.starts_at, _("Its renewal is to be paid by then.")
    return NextStep(*step, invoice=offer.invoice)
