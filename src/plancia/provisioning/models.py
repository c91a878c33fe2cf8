from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models

from plancia.kernel.rows import Row
from plancia.provisioning.states import Presence


class Resource(Row):
    """
    A service that we keep for a customer: what it should be (`desired_*`) and what it was seen to be (`observed_*`).

    `subject` is the public id of what wants it; `wish` counts how often that changed its mind. The reconciler works on
    what is due (`next_attempt_at`), and whoever works on it holds a lease. `observed_specification` holds facts that
    people read: addresses, names, sizes. `contents` are what was last seen in it; once it is gone (`removed_at`), what
    was destroyed with it.
    """

    prefix = "res"

    organization = models.ForeignKey("organizations.Organization", on_delete=models.PROTECT)
    subject = models.TextField(unique=True)
    driver = models.TextField()
    desired_presence = models.TextField()
    desired_specification = models.JSONField(default=dict)
    observed_presence = models.TextField(default="unknown")
    observed_specification = models.JSONField(default=dict)
    contents = models.JSONField(null=True)  # provisioning.contents; None where the driver cannot tell
    contents_seen_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    wish = models.IntegerField(default=1)
    wished_at = models.DateTimeField()
    is_settled = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    last_error = models.TextField(blank=True)
    last_attempt_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)  # asked for without an error, and not there yet
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
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
            models.CheckConstraint(
                condition=models.Q(is_settled=True, settled_at__isnull=False, next_attempt_at=None)
                | models.Q(is_settled=False, next_attempt_at__isnull=False),
                name="resource_settled_or_due",
            ),
            models.CheckConstraint(
                condition=models.Q(lease=None, leased_until=None)
                | models.Q(lease__isnull=False, leased_until__isnull=False),
                name="resource_lease",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "subject"], name="resource_organization"),
            models.Index(fields=["next_attempt_at"], name="resource_due", condition=models.Q(is_settled=False)),
        ]

    #: What a worker writes down when it is done; the wish is not its to write.
    RECORDED: ClassVar = [
        "observed_presence",
        "observed_specification",
        "contents",
        "contents_seen_at",
        "removed_at",
        "is_settled",
        "settled_at",
        "attempts",
        "last_error",
        "last_attempt_at",
        "next_attempt_at",
        "waiting_since",
        "lease",
        "leased_until",
    ]
    #: What a wish changes.
    WISHED: ClassVar = [
        "desired_presence",
        "desired_specification",
        "wish",
        "wished_at",
        "is_settled",
        "attempts",
        "last_error",
        "next_attempt_at",
        "waiting_since",
    ]

    def wish_for(self, presence: Presence, specification: dict[str, object], *, at: datetime) -> None:
        """Take down another wish, due at once. Who works on the former one goes on, and is not believed. Not saved."""
        self.desired_presence, self.desired_specification = presence, specification
        self.wish, self.wished_at = self.wish + 1, at
        self._unsettle(at=at)

    def hurry(self, *, at: datetime) -> None:
        """Be due at once. As a new wish: what a worker saw before does not count."""
        self.wish += 1
        self._unsettle(at=at)
        self.save(update_fields=self.WISHED)

    def claim(self, lease: UUID, *, until: datetime) -> None:
        """Let one worker have it until `until`."""
        self.lease, self.leased_until = lease, until
        self.save(update_fields=["lease", "leased_until"])

    def release(self, *, at: datetime) -> None:
        """End the lease of a worker that is done. Not saved: more is to be recorded."""
        self.lease, self.leased_until, self.last_attempt_at = None, None, at

    def see(self, presence: Presence, facts: dict[str, object]) -> None:
        """Take down what a driver saw. Not saved."""
        self.observed_presence, self.observed_specification = presence, facts

    def see_contents(self, contents: list[dict[str, str]], *, at: datetime) -> None:
        """Take down what is in it. Not saved."""
        self.contents, self.contents_seen_at = contents, at

    def remove(self, *, at: datetime) -> None:
        """Take down that it is gone, with what was last seen in it. Not saved."""
        self.removed_at = self.removed_at or at

    def fail(self, error: str, *, next_attempt_at: datetime) -> None:
        """Take down a failure. Not saved."""
        self.attempts, self.last_error = self.attempts + 1, error
        self.next_attempt_at, self.waiting_since = next_attempt_at, None

    def wait(self, *, since: datetime, next_attempt_at: datetime) -> None:
        """Take down that it is under way. Not saved."""
        self.attempts, self.last_error = 0, ""
        self.next_attempt_at, self.waiting_since = next_attempt_at, since

    def settle(self, *, at: datetime) -> None:
        """Take down that it is as it should be. Not saved."""
        self.is_settled, self.settled_at = True, at
        self.attempts, self.last_error = 0, ""
        self.next_attempt_at, self.waiting_since = None, None

    def _unsettle(self, *, at: datetime) -> None:
        self.is_settled = False
        self.attempts, self.last_error = 0, ""
        self.next_attempt_at, self.waiting_since = at, None


class RehearsedService(models.Model):
    """A service of the rehearsal driver: a world of its own, which a real driver would reach over the network."""

    key = models.TextField(primary_key=True)
    presence = models.TextField()
    specification = models.JSONField(default=dict)
    contents = models.JSONField(default=list)
    calls = models.IntegerField(default=0)

    class Meta:
        db_table = "provisioning_rehearsed_service"


class RehearsalFault(models.Model):
    """
    What the rehearsal driver was told to do wrong: fail `times` more calls about `key`.

    The key is that of a service, its subject, or `*` for every one.

    With `delay_seconds` each of those calls is slow; without a message it is slow and then succeeds.
    """

    key = models.TextField(primary_key=True)
    times = models.IntegerField()
    message = models.TextField(blank=True)
    delay_seconds = models.FloatField(default=0)

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
    facts = models.JSONField(default=dict)  # what whoever did it wrote down: an address, a place in a rack

    class Meta:
        db_table = "provisioning_manual_task"
        constraints = [
            models.UniqueConstraint(fields=["resource"], name="manual_task_one_open", condition=models.Q(done_at=None))
        ]
        indexes = [models.Index(fields=["organization", "resource"], name="manual_task_organization")]
