"""Health: whether web, database and worker are well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connections
from psycopg_pool import PoolTimeout

from plancia.ops import working


@dataclass(frozen=True, slots=True)
class Health:
    """What is well. Whoever can ask the web knows that it answers."""

    web: bool
    database: bool
    worker: bool

    @property
    def is_well(self) -> bool:
        return self.web and self.database and self.worker


def state(at: datetime) -> Health:
    """Return how things stand at `at`: the database answers, and a worker gave a sign of life not long ago."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "select exists (select from procrastinate_workers where last_heartbeat > %s)",
                [at - timedelta(seconds=working.STALLED_SECONDS)],
            )
            (is_working,) = cursor.fetchone()
    except (DatabaseError, InterfaceError, PoolTimeout):
        return Health(web=True, database=False, worker=False)
    return Health(web=True, database=True, worker=bool(is_working))
