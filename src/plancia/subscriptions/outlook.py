"""Outlook: what happens next to a product, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from plancia.kernel import clock
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
        at=at,
    )


def foresee(subscription: Subscription, *, ending_at: datetime | None, offer: Offer | None, at: datetime) -> NextStep:
    """
    Return what happens next to a product, by the published timeline.

    `ending_at` is when a cancellation takes effect; `offer` the next term while it is unpaid.

    Source: SPEC 3.3 and 5.5, settings.SUBSCRIPTION_DAYS.
    """
    days = timeline()
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
    if subscription.is_renewing:
        collected_at = subscription.paid_until - min(clock.days(days.collect), days.lead(subscription.months))
        return NextStep(max(collected_at, at), _("It renews by itself from the prepaid account."))
    return NextStep(
        max(subscription.paid_until - days.lead(subscription.months), at), _("Its renewal is offered for payment.")
    )


_HELD = (SubscriptionState.RESTRICTED, SubscriptionState.SUSPENDED)


def _while_unpaid(subscription: Subscription, offer: Offer, days: Timeline, *, at: datetime) -> NextStep:
    since = max(offer.starts_at, offer.offered_at)
    collected_at = offer.starts_at - clock.days(days.collect)
    if subscription.state == SubscriptionState.SUSPENDED:
        step = since + clock.days(days.terminate), _("It ends and its data are deleted, unless the renewal is paid.")
    elif subscription.state == SubscriptionState.RESTRICTED:
        step = since + clock.days(days.suspend), _("It is suspended, unless the renewal is paid.")
    elif at >= offer.starts_at:
        step = since + clock.days(days.restrict), _("It is restricted, unless the renewal is paid.")
    elif subscription.is_renewing and at < collected_at:
        step = collected_at, _("Its renewal is paid from the prepaid account.")
    else:
        step = offer.starts_at, _("Its renewal is to be paid by then.")
    return NextStep(*step, invoice=offer.invoice)
