"""
Reconciling: services are brought to what they should be.

Three steps, so that nothing is lost whenever a worker dies: a resource is claimed with a lease in one transaction, its
driver is called outside any, and what was seen is recorded in another. Source: docs/decisions/0008-reconciling.md
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from plancia.kernel import ids, transaction
from plancia.outbox import facts
from plancia.provisioning import contents, drivers, turns
from plancia.provisioning.drivers import Driver, DriverFailed, Observation, Request
from plancia.provisioning.events import ResourceSettled
from plancia.provisioning.models import Resource
from plancia.provisioning.states import Presence

logger = logging.getLogger(__name__)

#: How long a driver may take for one service, with all its calls. Drivers end their calls themselves.
PATIENCE = timedelta(seconds=40)
#: How long a run goes on taking up work. Its instants are those of its start, so it must end before its leases do.
RUN = timedelta(seconds=15)
#: After so long a worker is taken for dead, and its resource is anybody's.
LEASE = RUN + PATIENCE + timedelta(seconds=5)
#: How many services of one driver are worked on at once, so that a dead driver does not hold every worker.
AT_ONCE = 4

_BACKOFF_FIRST, _BACKOFF_LAST = timedelta(seconds=10), timedelta(hours=1)
_WAIT_FIRST, _WAIT_LAST = timedelta(seconds=5), timedelta(minutes=10)
_MAX_CALLS = 4
_MAX_ERROR = 1000


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many failures in a row: 10 s, 20 s, 40 s … up to an hour."""
    return min(_BACKOFF_FIRST * (1 << min(attempts - 1, 20)), _BACKOFF_LAST)


def wait(waited: timedelta) -> timedelta:
    """Return when to look again at what is under way for so long: soon at first, later seldom."""
    return min(max(waited / 4, _WAIT_FIRST), _WAIT_LAST)


def reconcile_due(*, at: datetime, limit: int = 100, driver: str | None = None) -> int:
    """
    Work on the resources that are due at `at`, of one driver or of all, and return on how many.

    Several may run at once: each resource is worked on by one at a time. A failure is recorded and tried again
    later; it keeps no other resource waiting.
    """
    began = time.monotonic()
    with transaction.as_staff():
        if transaction.connection().in_atomic_block:
            raise RuntimeError("drivers use the network, so they are not called inside a transaction")
        for count in range(limit):
            if time.monotonic() - began > RUN.total_seconds():
                return count
            claimed = _claim(at=at, driver=driver)
            if claimed is None:
                return count
            _record(claimed, _work(claimed), at=at)
    return limit


def hurry(*, resource_id: UUID, at: datetime) -> Resource:
    """Let a resource be worked on at once, whatever its turn; a settled one is looked at anew."""
    with transaction.as_staff(), transaction.atomic():
        resource: Resource = Resource.objects.locked().get(pk=resource_id)
        resource.hurry(at=at)
        turns.ask(resource.driver)
        return resource


def look_again(subjects: Iterable[str], *, at: datetime) -> int:
    """Let drivers look at the services of `subjects` anew, whatever they were seen to be; return at how many."""
    with transaction.as_staff(), transaction.atomic():
        looked: list[Resource] = list(Resource.objects.filter(subject__in=list(subjects)).locked())
        for resource in looked:
            resource.hurry(at=at)
            turns.ask(resource.driver)
        return len(looked)


@dataclass(frozen=True, slots=True)
class _Claim:
    resource_id: UUID
    lease: UUID
    wish: int
    driver: str
    seen: Presence
    request: Request


@dataclass(frozen=True, slots=True)
class _Outcome:
    """`before` is what was seen before a verb was called: what there was to destroy."""

    seen: Observation | None
    error: str = ""
    before: Observation | None = None


@transaction.atomic
def _claim(*, at: datetime, driver: str | None) -> _Claim | None:
    unsettled: QuerySet[Resource] = Resource.objects.filter(is_settled=False)
    leased = unsettled.filter(leased_until__gt=at)
    busy = leased.values("driver").annotate(number=Count("pk")).filter(number__gte=AT_ONCE).values("driver")
    due = unsettled.filter(Q(leased_until=None) | Q(leased_until__lte=at), next_attempt_at__lte=at)
    due = due.filter(driver=driver) if driver else due
    resource = (
        due.exclude(driver__in=busy)
        .select_for_update(skip_locked=True, of=("self",), no_key=True)
        .order_by("next_attempt_at", "pk")
        .first()
    )
    if resource is None:
        return None
    lease = ids.new()
    resource.claim(lease, until=at + LEASE)
    return _Claim(
        resource_id=resource.pk,
        lease=lease,
        wish=resource.wish,
        driver=resource.driver,
        seen=Presence(resource.observed_presence),
        request=Request(
            key=resource.public_id,
            organization=ids.public("org", resource.organization_id),
            subject=resource.subject,
            presence=Presence(resource.desired_presence),
            specification=resource.desired_specification,
            at=at,
        ),
    )


def _work(claimed: _Claim) -> _Outcome:
    """Call the driver until the service is as it should be, does not come nearer, or fails."""
    seen: Observation | None = None
    before: Observation | None = None
    try:
        driver = drivers.load(claimed.driver)
        # What was never seen needs no look first: every verb finds out by itself.
        if claimed.seen is not Presence.UNKNOWN:
            before = seen = driver.observe(claimed.request)
        last = None
        for _call in range(_MAX_CALLS):
            verb = _next_verb(claimed.request, seen)
            if verb in (None, last):
                break
            seen, last = _call_verb(driver, verb, claimed.request), verb
    except DriverFailed as failure:
        return _Outcome(seen, str(failure)[:_MAX_ERROR] or "the driver gave no reason", before)
    except Exception as defect:
        logger.exception("driver %s failed at %s", claimed.driver, claimed.request.key)
        return _Outcome(seen, f"{type(defect).__name__}: {defect}"[:_MAX_ERROR], before)
    return _Outcome(seen, before=before)


def _next_verb(request: Request, seen: Observation | None) -> str | None:
    """Return what brings a service nearer to what is asked; None where it is there."""
    presence = seen.presence if seen else Presence.UNKNOWN
    if request.presence is Presence.ABSENT:
        return None if presence is Presence.ABSENT else "terminate"
    if seen is None or presence in (Presence.ABSENT, Presence.UNKNOWN):
        return "create"
    if request.presence is Presence.SUSPENDED:
        return "suspend" if presence is Presence.RUNNING else None
    if presence is Presence.SUSPENDED:
        return "resume"
    return None if dict(seen.specification) == dict(request.specification) else "change"


def _call_verb(driver: Driver, verb: str | None, request: Request) -> Observation:
    match verb:
        case "create":
            return driver.create(request)
        case "change":
            return driver.change(request)
        case "suspend":
            return driver.suspend(request)
        case "resume":
            return driver.resume(request)
    return driver.terminate(request)


@transaction.atomic
def _record(claimed: _Claim, outcome: _Outcome, *, at: datetime) -> None:
    resource: Resource = Resource.objects.locked().get(pk=claimed.resource_id)
    if resource.lease != claimed.lease:
        # We took longer than our lease, and somebody else has taken over: he records what he sees.
        return
    resource.release(at=at)
    if outcome.seen is not None:
        resource.see(outcome.seen.presence, dict(outcome.seen.facts))
    # What is absent has nothing in it: what counts is what was there before.
    for look in (outcome.seen, outcome.before):
        if look is not None and look.presence is not Presence.ABSENT and look.contents is not None:
            resource.see_contents(contents.written(look.contents), at=at)
            break
    if resource.wish != claimed.wish:
        # It should be something else by now, and is due for that.
        resource.save(update_fields=Resource.RECORDED)
        return
    if outcome.error:
        resource.fail(outcome.error, next_attempt_at=at + backoff(resource.attempts + 1))
    elif _next_verb(claimed.request, outcome.seen) is not None:
        waiting_since = resource.waiting_since or at
        resource.wait(since=waiting_since, next_attempt_at=at + wait(at - waiting_since))
    else:
        resource.settle(at=at)
        if resource.desired_presence == Presence.ABSENT:
            resource.remove(at=at)
        facts.publish(
            ResourceSettled(
                organization_id=resource.organization_id,
                happened_at=at,
                resource=resource.public_id,
                subject=resource.subject,
                presence=resource.desired_presence,
            )
        )
    resource.save(update_fields=Resource.RECORDED)
