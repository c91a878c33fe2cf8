"""Supervision: keeping a few processes running, and leaving none behind."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from plancia.ops import lifeline

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: How long children may take to end when asked.
GRACE_SECONDS = 10
#: A child that lived this long has started well; the next wait is short again.
SETTLED_SECONDS = 30
LONGEST_WAIT_SECONDS = 30
#: After so many failures in a row its last words are shown.
WORRYING_FAILURES = 3
#: A log that grew beyond this is begun anew.
LARGEST_LOG_BYTES = 10_000_000


@dataclass(slots=True)
class Child:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0
    failures: int = 0
    start_again_at: float = 0


class Supervisor:
    """
    Runs children until a signal asks to stop, or `stop` is called from `on_tick`.

    Each child leads a session of its own: a Ctrl-C reaches only us, and its whole group can be ended.
    """

    def __init__(self, children: Sequence[Child], *, tell: Callable[[str], None]) -> None:
        self.children = children
        self.tell = tell
        self._pipe = os.pipe()  # the children's lifeline; nothing is ever written to it
        self._wake = os.pipe()
        self._is_asked_to_stop = False

    def run(self, *, on_tick: Callable[[], float | None] = lambda: None) -> None:
        """
        Keep the children running until asked to stop; then end them.

        `on_tick` is called on every round and says in how many seconds it wants the next, or None.
        """
        os.set_blocking(self._wake[1], False)
        before = {number: signal.signal(number, self._stop) for number in STOPPING}
        before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        woken_before = signal.set_wakeup_fd(self._wake[1])
        try:
            while not self._is_asked_to_stop:
                self._look_after()
                waits = [
                    max(child.start_again_at - time.monotonic(), 0) for child in self.children if not child.process
                ]
                if (wanted := on_tick()) is not None:
                    waits.append(wanted)
                self._wait(min(waits, default=None))
        finally:
            self._end_all()
            signal.set_wakeup_fd(woken_before)
            for number, handler in before.items():
                signal.signal(number, handler)
            for end in (*self._pipe, *self._wake):
                os.close(end)

    def _stop(self, *_: object) -> None:
        self._is_asked_to_stop = True

    def _wait(self, seconds: float | None) -> None:
        """Wait for a signal, a child's end included, at most so long."""
        if select.select([self._wake[0]], [], [], seconds)[0]:
            os.read(self._wake[0], 4096)

    def _look_after(self) -> None:
        for child in self.children:
            if child.process and _has_ended(child.process):
                self._bury(child)
            if not child.process and time.monotonic() >= child.start_again_at:
                self._start(child)

    def _start(self, child: Child) -> None:
        child.log.parent.mkdir(parents=True, exist_ok=True)
        is_large = child.log.exists() and child.log.stat().st_size > LARGEST_LOG_BYTES
        with child.log.open("wb" if is_large else "ab") as log:
            child.process = subprocess.Popen(
                child.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **child.environment, lifeline.VARIABLE: str(self._pipe[0])},
                pass_fds=[self._pipe[0]],
                start_new_session=True,
            )
        child.started_at = time.monotonic()

    def _bury(self, child: Child) -> None:
        assert child.process
        # While the leader is not reaped its number, and so the group's, belongs to nobody else.
        _signal_group(child.process, signal.SIGKILL)
        code = child.process.wait()
        child.process = None
        child.failures = 0 if time.monotonic() - child.started_at > SETTLED_SECONDS else child.failures + 1
        wait_seconds = min(0.25 * 2**child.failures, LONGEST_WAIT_SECONDS)
        child.start_again_at = time.monotonic() + wait_seconds
        self.tell(f"{child.name} ended ({_told(code)}); starting it again. Its log: {child.log}")
        if child.failures == WORRYING_FAILURES:
            self.tell(f"{child.name} does not stay up. It said last:")
            for line in _last_lines(child.log):
                self.tell(f"  {line}")

    def _end_all(self) -> None:
        running = [child.process for child in self.children if child.process]
        for process in running:
            if not _has_ended(process):
                process.terminate()
        give_up_at = time.monotonic() + GRACE_SECONDS
        for process in running:
            while not _has_ended(process) and time.monotonic() < give_up_at:
                self._wait(max(give_up_at - time.monotonic(), 0))
            _signal_group(process, signal.SIGKILL)
            process.wait()
        for child in self.children:
            child.process = None


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Say whether the process has ended, without reaping it."""
    try:
        return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _last_lines(log: Path, number: int = 5) -> list[str]:
    with log.open("rb") as file:
        file.seek(max(log.stat().st_size - 4096, 0))
        return file.read().decode(errors="replace").splitlines()[-number:]


def _told(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"code {code}"
