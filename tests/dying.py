"""Dying in the middle: a process of its own that kills itself, as kill -9 would, before its n-th statement."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

from django.db import connections


def die_before(number: int, act: Callable[[], object]) -> bool:
    """
    Let a child process do `act` and be killed before its `number`-th statement, from 1; say whether it was killed.

    Where it was not, it has done all of it: there are fewer statements.
    """
    connections.close_all()
    child = os.fork()
    if child == 0:
        _live_and_die(number, act)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert killed or os.waitstatus_to_exitcode(status) == 0, "the child failed"
    return killed


def _live_and_die(number: int, act: Callable[[], object]) -> None:
    left = number

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    try:
        for alias in ("default", "staff"):
            connections[alias].execute_wrappers.append(count)
        act()
        connections.close_all()
    except BaseException:
        os._exit(1)
    os._exit(0)
