from __future__ import annotations

from django.db import models

from plancia.kernel.rows import Row


class Resource(Row):
    """
    A service that we keep for a customer: what it should be (`desired_*`) and what it was seen to be (`observed_*`).

    `subject` is the public id of what wants it. The reconciler works on what is due (`next_attempt_at`).
    """

    prefix = "res"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    subject = models.TextField(unique=True)
    driver = models.TextField()
    desired_presence = models.TextField()
    desired_specification = models.JSONField(default=dict)
    observed_presence = models.TextField(default="unknown")
    observed_specification = models.JSONField(default=dict)
    is_settled = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    last_attempt_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "provisioning_resource"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(desired_presence__in=["absent", "running", "suspended"]), name="resource_desired"
            ),
            models.CheckConstraint(
                condition=models.Q(observed_presence__in=["unknown", "absent", "running", "suspended"]),
                name="resource_observed",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "subject"], name="resource_organization"),
            models.Index(fields=["next_attempt_at"], name="resource_due", condition=models.Q(is_settled=False)),
        ]


class RehearsedService(models.Model):
    """A service of the rehearsal driver: a world of its own, which a real driver would reach over the network."""

    key = models.TextField(primary_key=True)
    presence = models.TextField()
    specification = models.JSONField(default=dict)
    calls = models.IntegerField(default=0)

    class Meta:
        db_table = "provisioning_rehearsed_service"


class RehearsalFault(models.Model):
    """What the rehearsal driver was told to do wrong: fail `times` more calls about `key` (`*` is every key)."""

    key = models.TextField(primary_key=True)
    times = models.IntegerField()
    message = models.TextField()

    class Meta:
        db_table = "provisioning_rehearsal_fault"


class ManualTask(Row):
    """Work that the manual driver asks of staff."""

    prefix = "tsk"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="tasks")
    wanted_presence = models.TextField()
    wanted_specification = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.TextField(blank=True)

    class Meta:
        db_table = "provisioning_manual_task"
        constraints = [
            models.UniqueConstraint(fields=["resource"], name="manual_task_one_open", condition=models.Q(done_at=None))
        ]
