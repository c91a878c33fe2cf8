"""Tidying: deleting what nobody will ask for again."""

from __future__ import annotations

from datetime import timedelta

from procrastinate.contrib.django import app

from plancia.accounts import guessing
from plancia.kernel import clock, transaction
from plancia.ops import timetable

#: Failed jobs are kept so long, for whoever looks into them; those of the timetable come round again soon.
JOBS_KEPT_FOR, ROUNDS_KEPT_FOR = timedelta(days=30), timedelta(days=1)


def forget_attempts() -> None:
    """Delete wrong guesses that count for nothing any more, and what the cache keeps too long."""
    with transaction.as_staff(), transaction.atomic():
        guessing.forget(at=clock.now())
        with transaction.connection().cursor() as cursor:
            cursor.execute("delete from plancia_cache where expires < now()")


def forget_jobs() -> None:
    """Delete jobs that ended a month ago, failed ones included."""
    app.connector.get_sync_connector().execute_query(
        "delete from procrastinate_jobs j where status in ('succeeded', 'failed', 'cancelled', 'aborted') "
        "and not exists (select from procrastinate_events e where e.job_id = j.id and e.at > now() - "
        "case when j.queue_name = %(timetable)s then %(rounds)s else %(kept)s end)",
        kept=JOBS_KEPT_FOR,
        rounds=ROUNDS_KEPT_FOR,
        timetable=timetable.QUEUE,
    )
