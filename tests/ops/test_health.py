from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.test import RequestFactory

from plancia.kernel import clock
from plancia.ops import health, views, working

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def heartbeat(superuser: psycopg.Connection, at: datetime) -> None:
    superuser.execute("insert into procrastinate_workers (last_heartbeat) values (%s)", [at])


def test_all_is_well_while_a_worker_gives_signs_of_life(superuser: psycopg.Connection) -> None:
    heartbeat(superuser, AT - timedelta(seconds=working.HEARTBEAT_SECONDS))

    found = health.state(AT)

    assert found == health.Health(web=True, database=True, worker=True)
    assert found.is_well


def test_a_silent_worker_is_missed(superuser: psycopg.Connection) -> None:
    heartbeat(superuser, AT - timedelta(seconds=working.STALLED_SECONDS + 1))

    found = health.state(AT)

    assert found == health.Health(web=True, database=True, worker=False)
    assert not found.is_well


def test_a_database_that_is_gone_is_said_to_be_gone(db: None, place: Path) -> None:
    connection = connections["default"]
    connection.close()
    before = connection.settings_dict["HOST"]
    connection.settings_dict["HOST"] = str(place)
    try:
        found = health.state(AT)
    finally:
        connection.settings_dict["HOST"] = before

    assert found == health.Health(web=True, database=False, worker=False)


@pytest.mark.parametrize(("is_alive", "status"), [(True, 200), (False, 503)])
def test_the_answer_carries_the_verdict(superuser: psycopg.Connection, is_alive: bool, status: int) -> None:
    if is_alive:
        heartbeat(superuser, AT)

    with clock.at(AT):
        response = views.healthz(RequestFactory().get("/healthz"))

    assert response.status_code == status
    assert response.headers["Cache-Control"] == "no-store"
