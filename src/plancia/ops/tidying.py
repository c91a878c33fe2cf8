"""Tidying: deleting what nobody will ask for again."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import Q
from procrastinate.contrib.django import app

from plancia.kernel import clock, transaction

#: Failed jobs are kept so long, for whoever looks into them.
JOBS_KEPT_FOR = timedelta(days=30)


def forget_sessions() -> int:
    """Delete sessions that have expired."""
    with transaction.as_staff(), transaction.atomic():
        deleted, _ = Session.objects.filter(Q(expire_date__lt=clock.now())).delete()
    return deleted


def forget_jobs() -> None:
    """Delete jobs that ended a month ago, failed ones included."""
    app.connector.get_sync_connector().execute_query(
        "delete from procrastinate_jobs j where status in ('succeeded', 'failed', 'cancelled', 'aborted') "
        "and not exists (select from procrastinate_events e where e.job_id = j.id and e.at > now() - %(kept)s)",
        kept=JOBS_KEPT_FOR,
    )
