"""
Ending with whoever started us, even where it was killed and could say nothing.

The supervisor holds one end of a pipe and says nothing on it; each child waits at the other end. When the supervisor is
gone, however it went, the system closes the pipe, and the child ends.
"""

from __future__ import annotations

import os
import signal
import threading
import time

VARIABLE = "PLANCIA_LIFELINE"
#: How long a process may take to end by itself.
GRACE_SECONDS = 30


def unwind(*numbers: signal.Signals) -> None:
    """Let a signal unwind the stack as Ctrl-C does, until somebody installs a handler that knows better."""

    def interrupt(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    for number in numbers:
        signal.signal(number, interrupt)


def watch() -> None:
    """End this process when its supervisor has gone. Without a supervisor, do nothing."""
    number = os.environ.pop(VARIABLE, "")
    if number:
        end = int(number)
        os.set_inheritable(end, False)
        threading.Thread(target=_wait, args=(end,), name="lifeline", daemon=True).start()


def watch_parent(every_seconds: float = 0.5) -> None:
    """End this process when its parent has gone: for web workers, which are forked and hold both ends of any pipe."""
    parent = os.getppid()

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(every_seconds)
        _end()

    threading.Thread(target=look, name="parent-watch", daemon=True).start()


def _wait(end: int) -> None:
    while os.read(end, 1):
        pass
    _end()


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
