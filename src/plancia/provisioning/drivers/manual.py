"""The manual driver: asks people to do it. What nobody has done yet is under way, not failed."""

from __future__ import annotations

from plancia.kernel import transaction
from plancia.provisioning.drivers import Observation, Request
from plancia.provisioning.models import ManualTask, Resource
from plancia.provisioning.states import Presence


class ManualDriver:
    """Keeps one open task for each service that should be other than it is. Staff finish it (provisioning.manual)."""

    def create(self, request: Request) -> Observation:
        """Ask staff to make the service."""
        return self._ask(request, Presence.RUNNING)

    def change(self, request: Request) -> Observation:
        """Ask staff to change the service."""
        return self._ask(request, Presence.RUNNING)

    def suspend(self, request: Request) -> Observation:
        """Ask staff to let the service stand still."""
        return self._ask(request, Presence.SUSPENDED)

    def resume(self, request: Request) -> Observation:
        """Ask staff to let the service run again."""
        return self._ask(request, Presence.RUNNING)

    def terminate(self, request: Request) -> Observation:
        """Ask staff to remove the service; what was never made needs no removing."""
        return self._ask(request, Presence.ABSENT)

    def observe(self, request: Request) -> Observation:
        """Return what the last finished task left; a task that this makes needless is withdrawn."""
        return self._ask(request, request.presence, is_only_looking=True)

    def _ask(self, request: Request, presence: Presence, *, is_only_looking: bool = False) -> Observation:
        with transaction.as_staff(), transaction.atomic():
            # The row is locked, so that two who ask at once find one task.
            resource: Resource = Resource.objects.locked().by_public_id(request.key).get()
            seen = _seen(resource)
            wanted = presence, dict(request.specification) if presence is Presence.RUNNING else {}
            present = seen.presence, dict(seen.specification) if presence is Presence.RUNNING else {}
            task: ManualTask | None = ManualTask.objects.filter(resource=resource, done_at=None).first()
            is_needless = present == wanted
            is_another = not is_only_looking and task and (task.wanted_presence, task.wanted_specification) != wanted
            if task and (is_needless or is_another):
                task.delete()
                task = None
            if task is None and not is_needless and not is_only_looking:
                ManualTask.objects.create(
                    organization_id=resource.organization_id,
                    resource=resource,
                    wanted_presence=presence,
                    wanted_specification=wanted[1],
                    opened_at=request.at,
                )
            return seen


def _seen(resource: Resource) -> Observation:
    done = list(ManualTask.objects.filter(resource=resource, done_at__isnull=False).order_by("done_at", "pk"))
    if not done or done[-1].wanted_presence == Presence.ABSENT:
        return Observation(Presence.ABSENT)
    # Who suspends a service does not build it anew: it is as whoever last built it left it.
    built = [task.wanted_specification for task in done if task.wanted_presence == Presence.RUNNING]
    return Observation(Presence(done[-1].wanted_presence), built[-1] if built else {}, done[-1].facts)
