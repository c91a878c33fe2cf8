"""Waiting for a real process, at most so long."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")


def until(found: Callable[[], Value], *, seconds: float = 30, what: str = "it") -> Value:
    """Return the first thing that `found` returns and that is true. Raises: AssertionError, when nothing is in time."""
    give_up_at = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < give_up_at, f"{what} did not happen within {seconds} s"
        time.sleep(0.01)
    return value


def is_running(number: int) -> bool:
    """Say whether a process lives; a zombie does not."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").is_dir()  # a system without /proc: what os.kill said
