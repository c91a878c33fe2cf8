"""A moved clock: what is planned happens in order of time, and the timetable runs on the way."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plancia.kernel import clock
from plancia.outbox import delivery, facts
from plancia.provisioning import reconciling
from plancia.shop import cancellation as orders
from plancia.subscriptions import collection, renewal, suspension

#: What happens at an instant. It may plan more.
Deed = Callable[[datetime], None]


@dataclass(slots=True)
class Life:
    """Deeds in order of time. Each runs under a clock that says its instant, and its facts are told before the next."""

    now: datetime
    until: datetime
    #: Mail is kept from here on; what was written before is long gone.
    mail_from: datetime
    on_night: Callable[[datetime], None] = lambda _at: None
    _planned: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _order: itertools.count[int] = field(default_factory=itertools.count)

    def plan(self, at: datetime, deed: Deed) -> None:
        """Let `deed` happen at `at`; what lies past the end does not happen, what is past happens next."""
        if at <= self.until:
            heapq.heappush(self._planned, (max(at, self.now), next(self._order), deed))

    def live(self, *, nights: timedelta, tell: Callable[[datetime], None]) -> None:
        """Live until the end. The nightly jobs run each `nights`, and every night of the last three weeks."""
        night = self.now.replace(hour=2, minute=0, second=0, microsecond=0) + nights
        while night <= self.until:
            self._live_until(night)
            self._spend_night(night)
            tell(night)
            night += timedelta(days=1) if night >= self.until - timedelta(days=21) else nights
        self._live_until(self.until)

    def _live_until(self, end: datetime) -> None:
        while self._planned and self._planned[0][0] <= end:
            at, _, deed = heapq.heappop(self._planned)
            self.now = at
            with clock.at(at), self._mail(at):
                deed(at)
                delivery.tell_untold(at=at)
        self.now = end

    def _spend_night(self, at: datetime) -> None:
        with clock.at(at), self._mail(at):
            orders.expire_due(at=at)
            renewal.offer_due(at=at)
            delivery.tell_untold(at=at)
            collection.collect_due(at=at)
            delivery.tell_untold(at=at)
            suspension.enforce(at=at)
            delivery.tell_untold(at=at)
            provision(at)
            self.on_night(at)

    def _mail(self, at: datetime) -> AbstractContextManager[None]:
        return nullcontext() if at >= self.mail_from else facts.unheard_by("plancia.notices")


def provision(at: datetime) -> None:
    """Let the reconciler bring services to what is wanted, and tell what came of it."""
    while reconciling.reconcile_due(at=at):
        pass
    delivery.tell_untold(at=at)
