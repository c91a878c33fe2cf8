"""Work that a driver asks of people, and their word that it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from plancia.audit import trail
from plancia.kernel import transaction
from plancia.kernel.actors import Actor
from plancia.kernel.refusals import Refusal
from plancia.provisioning import turns
from plancia.provisioning.contents import Content, written
from plancia.provisioning.models import ManualTask, Resource


class TaskDone(Refusal):
    """Somebody has finished the task already."""

    code = "task_done"
    sentence = _("This task was finished on %(done_at)s.")


class TaskGone(Refusal):
    """What the task asked for is no longer wanted."""

    code = "task_gone"
    sentence = _("This task is no longer there: the customer wants something else now.")


def finish(
    *,
    task_id: UUID,
    actor: Actor,
    at: datetime,
    facts: Mapping[str, str] | None = None,
    contents: Sequence[Content] | None = None,
) -> ManualTask:
    """
    Record that somebody did what the task asked, with the `facts` the customer should read, and let it be checked.

    `contents` is what is in the service, or what was removed with it: what its owner loses, and the proof of it.

    Raises: TaskDone, TaskGone.
    """
    with transaction.as_staff(), transaction.atomic():
        resource_id = ManualTask.objects.filter(pk=task_id).values_list("resource_id", flat=True).first()
        if resource_id is None:
            raise TaskGone()
        # The driver takes the resource first and then its task; so do we.
        resource: Resource = Resource.objects.locked().get(pk=resource_id)
        task: ManualTask | None = ManualTask.objects.locked().filter(pk=task_id).first()
        if task is None:
            raise TaskGone()
        if task.done_at is not None:
            raise TaskDone(done_at=task.done_at.date().isoformat())

        last = ManualTask.objects.filter(resource=resource, done_at__isnull=False).order_by("-done_at", "-pk").first()
        task.done_at, task.done_by = at, actor.label
        task.facts = dict(facts) if facts is not None else (last.facts if last else {})
        task.save(update_fields=["done_at", "done_by", "facts"])
        if contents:
            resource.see_contents(written(contents), at=at)
            resource.save(update_fields=["contents", "contents_seen_at"])
        resource.hurry(at=at)

        trail.record(
            actor,
            "provisioning.task_finished",
            resource.subject,
            organization_id=resource.organization_id,
            at=at,
            wanted=task.wanted_presence,
        )
        turns.ask(resource.driver)
        return task
