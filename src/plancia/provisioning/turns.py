"""Turns: jobs that let one driver's services be worked on. Each driver has its own, so a dead one stops no other."""

from __future__ import annotations

import logging
from datetime import datetime

from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Job
from procrastinate.manager import JobManager

from plancia.kernel import transaction
from plancia.outbox import facts
from plancia.provisioning import queries

logger = logging.getLogger(__name__)

TASK, QUEUE = "provisioning.reconcile_driver", "provisioning"


def ask(driver: str) -> None:
    """
    Ask for a turn of `driver` once the transaction in progress has committed.

    It makes things quick, and nothing depends on it: the timetable asks for turns too.
    """
    if facts.is_told_by_caller():
        return
    alias = transaction.alias()
    transaction.on_commit(lambda: _ask(driver, alias))


def ask_due(*, at: datetime) -> None:
    """Ask for a turn of every driver that has something to do at `at`."""
    with transaction.as_staff():
        for driver in queries.drivers_due(at):
            ask(driver)


def _ask(driver: str, alias: str) -> None:
    # One waits at the most, while others may run: a slow service must not keep those that are wanted meanwhile.
    job = Job(queue=QUEUE, lock=None, queueing_lock=f"{TASK}:{driver}", task_name=TASK, task_kwargs={"driver": driver})
    try:
        JobManager(DjangoConnector(alias=alias)).defer_job(job)
    except AlreadyEnqueued:
        pass
    except Exception:
        # The wish is written and the request has succeeded: a turn that could not be asked for must not undo that.
        logger.exception("no turn could be asked for %s", driver)
