"""The timeline of a term: when the next one is offered, collected, and what follows when it stays unpaid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from plancia.kernel import clock
from plancia.subscriptions.states import SubscriptionState


@dataclass(frozen=True, slots=True)
class Timeline:
    """
    Days before and after the end of a term. Source: SPEC 5.4 and 5.5, settings.SUBSCRIPTION_DAYS.

    Units: whole days; `offer` and `collect` before the end, the others after it.
    """

    offer: int
    collect: int
    restrict: int
    suspend: int
    terminate: int

    def lead(self, months: int) -> timedelta:
        """Return how long before its end a term's successor is offered: never before the middle of a short one."""
        return clock.days(min(self.offer, _HALF_MONTH_DAYS * months))

    def standing(self, unpaid_since: datetime, at: datetime) -> SubscriptionState:
        """Return the state that a product should be in whose next term has been unpaid since `unpaid_since`."""
        late = at - unpaid_since
        for days, state in (
            (self.terminate, SubscriptionState.TERMINATED),
            (self.suspend, SubscriptionState.SUSPENDED),
            (self.restrict, SubscriptionState.RESTRICTED),
        ):
            if late >= clock.days(days):
                return state
        return SubscriptionState.ACTIVE


_HALF_MONTH_DAYS = 15


def timeline() -> Timeline:
    """Return the timeline that the provider publishes."""
    return Timeline(**settings.SUBSCRIPTION_DAYS)
