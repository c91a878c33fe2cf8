"""`plancia serve`: the web process."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable
from typing import Any

from plancia.ops import home, lifeline, statics

APPLICATION = "plancia.config.wsgi:application"


def serve(*, host: str, port: int, workers: int, threads: int, tell: Callable[[str], None]) -> None:
    """Serve until asked to stop. Returns when every request under way has been answered."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    statics.collect(home.directory(), tell=tell)
    server = Server(
        APPLICATION,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=_load)


def _load(target: str) -> Callable[..., Any]:
    """Load the application in a worker of the server, which shall not outlive the server."""
    lifeline.watch_parent()
    module, name = target.split(":")
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)
    _warm_up(application)
    return application


def _warm_up(application: Callable[..., Any]) -> None:
    """Import what the first page would import, so that nobody waits for it."""
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    # What is loaded now stays: the collector need not look through it again and again, nor after every few objects.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
