"""`plancia work`: the process that runs jobs, and the timetable."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any

from asgiref.sync import sync_to_async

logger = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 5
#: A worker that was silent so long is taken for dead: its jobs are rescued, and /healthz misses it.
STALLED_SECONDS = 20
LONGEST_WAIT_SECONDS = 30
STOPPING = (signal.SIGINT, signal.SIGTERM)


def work(*, concurrency: int) -> None:
    """Run jobs until asked to stop, then let those under way end. A database that goes away is waited for."""
    import django

    django.setup()
    asyncio.run(_work(concurrency))


async def _work(concurrency: int) -> None:
    from procrastinate.contrib.django import app

    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in STOPPING:
        loop.add_signal_handler(number, stopping.set)
    wait_seconds = 0.5
    while not stopping.is_set():
        # The worker has connections of its own; jobs defer on Django's, within the transaction that they are in.
        own = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]  # Django's connector
        began_at = loop.time()
        try:
            async with own.open_async():
                await _run_until(stopping, own, concurrency)
        except Exception:
            logger.exception("the worker ended; starting again in %.1f s", wait_seconds)
        if not stopping.is_set():
            # In the one thread from which the timetable is written; its connection went with the database.
            await sync_to_async(_forget_connections)()
            wait_seconds = 0.5 if loop.time() - began_at > LONGEST_WAIT_SECONDS else wait_seconds
            try:
                await asyncio.wait_for(stopping.wait(), wait_seconds)
            except TimeoutError:
                wait_seconds = min(wait_seconds * 2, LONGEST_WAIT_SECONDS)


async def _run_until(stopping: asyncio.Event, own: Any, concurrency: int) -> None:
    running = asyncio.create_task(
        own.run_worker_async(
            name="plancia",
            concurrency=concurrency,
            delete_jobs="successful",
            install_signal_handlers=False,
            fetch_job_polling_interval=5,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_SECONDS,
            shutdown_graceful_timeout=20,
            task_middleware=[_as_staff],
        )
    )
    asked = asyncio.create_task(stopping.wait())
    await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not running.done():
        running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise


def _as_staff(run: Callable[[], Any], *_: object) -> Any:
    """Run a job as the role *staff*, and give its connections back to the pool."""
    from django.db import connections

    from plancia.kernel import transaction

    try:
        with transaction.as_staff():
            return run()
    finally:
        connections.close_all()


def _forget_connections() -> None:
    from django.db import connections

    connections.close_all()
