"""A driver with services in memory, that tests can look into, break and hold up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from plancia.kernel import transaction
from plancia.outbox.models import Fact
from plancia.provisioning import resources
from plancia.provisioning.drivers import Observation, Request
from plancia.provisioning.models import Resource
from plancia.provisioning.resources import Wish
from plancia.provisioning.states import Presence
from tests.people import MORNING

SECOND = timedelta(seconds=1)
SIZE = {"disk_gb": 20}


class World:
    """Follows the protocol of a driver; `before` and `after` are called around each verb."""

    def __init__(self) -> None:
        self.services: dict[str, Observation] = {}
        self.calls: list[str] = []
        self.before: Callable[[str, Request], None] = lambda verb, request: None
        self.after: Callable[[str, Request], None] = lambda verb, request: None
        self.is_idle = False  # answers, and does nothing
        self.busy: Counter[str] = Counter()
        self.most_at_once = 0
        self._lock = threading.Lock()

    def create(self, request: Request) -> Observation:
        return self._do("create", request, Presence.RUNNING)

    def change(self, request: Request) -> Observation:
        return self._do("change", request, Presence.RUNNING)

    def suspend(self, request: Request) -> Observation:
        return self._do("suspend", request, Presence.SUSPENDED)

    def resume(self, request: Request) -> Observation:
        return self._do("resume", request, Presence.RUNNING)

    def terminate(self, request: Request) -> Observation:
        return self._do("terminate", request, Presence.ABSENT)

    def observe(self, request: Request) -> Observation:
        return self._do("observe", request, None)

    def _do(self, verb: str, request: Request, presence: Presence | None) -> Observation:
        with self._lock:
            self.calls.append(verb)
            self.busy[request.key] += 1
            self.most_at_once = max(self.most_at_once, self.busy[request.key])
        try:
            self.before(verb, request)
            present = self.services.get(request.key, Observation(Presence.ABSENT))
            if self.is_idle:
                return present
            if presence is Presence.ABSENT:
                present = Observation(Presence.ABSENT)
            elif presence is Presence.SUSPENDED:
                present = Observation(presence, present.specification, present.facts)
            elif presence is Presence.RUNNING:
                # Like most servers, it changes its size only when told so, and not on resuming.
                specification = present.specification if verb == "resume" else dict(request.specification)
                present = Observation(presence, specification, {"ipv4": "192.0.2.7"})
            self.services[request.key] = present
            self.after(verb, request)
            return present
        finally:
            with self._lock:
                self.busy[request.key] -= 1


def want(
    organization,
    presence: Presence = Presence.RUNNING,
    *,
    at: datetime = MORNING,
    driver: str = "world",
    subject: str = "sub_one",
    specification: dict | None = None,
) -> UUID:
    """Want a service as staff, and return the key of its resource."""
    with transaction.as_staff():
        wish = Wish(
            organization_id=organization.pk,
            subject=subject,
            driver=driver,
            presence=presence,
            specification=SIZE if specification is None else specification,
        )
        return resources.want([wish], at=at)[0].pk


def resource(key: UUID) -> Resource:
    with transaction.as_staff():
        return Resource.objects.get(pk=key)


def settled() -> list[str]:
    """Return the presences of the facts that services have settled, in order."""
    with transaction.as_staff():
        found = Fact.objects.filter(name="resource.settled").order_by("happened_at", "pk")
        return [fact.payload["presence"] for fact in found]
