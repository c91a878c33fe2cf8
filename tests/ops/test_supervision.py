"""The supervisor, with real children."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.waiting import is_running, until

Start = Callable[..., "subprocess.Popen[str]"]

# Each child has a child of its own, as the web server has workers, and says both numbers.
CHILD = """
import os, signal, subprocess, sys
from pathlib import Path
from plancia.ops import lifeline
lifeline.watch()
name, place = sys.argv[1], Path(sys.argv[2])
grandchild = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
fresh = place / f"{name}.new"
fresh.write_text(f"{os.getpid()} {grandchild.pid}")
fresh.rename(place / name)
try:
    signal.pause()
finally:
    grandchild.kill()
"""

SUPERVISOR = f"""
import sys
from pathlib import Path
from plancia.ops import supervision
place = Path(sys.argv[1])
names = sys.argv[2:]
children = [
    supervision.Child(name, [sys.executable, "-c", {CHILD!r}, name, str(place)], place / "logs" / name)
    for name in names
]
supervision.Supervisor(children, tell=lambda text: print(text, flush=True)).run()
print("ended", flush=True)
"""


def numbers(place: Path, name: str) -> list[int]:
    file = place / name
    return [int(number) for number in file.read_text().split()] if file.exists() else []


def supervise(start: Start, place: Path, *names: str) -> tuple[subprocess.Popen[str], list[int]]:
    supervisor = start(SUPERVISOR, place, *names)
    found = [number for name in names for number in until(lambda: numbers(place, name), what=name)]  # noqa: B023
    return supervisor, found


def gone(found: list[int]) -> None:
    until(lambda: not any(is_running(number) for number in found), what="the end of all")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_and_leaves_nobody(start: Start, place: Path, number: signal.Signals) -> None:
    supervisor, found = supervise(start, place, "one", "two")

    supervisor.send_signal(number)
    out, _ = supervisor.communicate(timeout=30)

    assert supervisor.returncode == 0 and out.endswith("ended\n")
    assert not any(is_running(child) for child in found)


def test_children_notice_that_it_was_killed(start: Start, place: Path) -> None:
    supervisor, found = supervise(start, place, "one", "two")

    supervisor.kill()
    supervisor.wait()

    # Without a supervisor nobody ends the group; each child ends its own children, as ours do.
    until(lambda: not any(is_running(numbers(place, name)[0]) for name in ("one", "two")), what="the children's end")
    for number in found:
        if is_running(number):
            os.kill(number, signal.SIGKILL)


def test_a_child_that_dies_is_started_again_and_its_children_are_ended(start: Start, place: Path) -> None:
    supervisor, (child, grandchild) = supervise(start, place, "one")

    os.kill(child, signal.SIGKILL)
    again = until(lambda: (found := numbers(place, "one")) and found[0] != child and found, what="the new child")
    supervisor.terminate()
    out, _ = supervisor.communicate(timeout=30)

    assert "one ended (signal 9); starting it again" in out
    gone([child, grandchild, *again])


def test_a_child_that_never_stays_up_is_quoted(start: Start, place: Path) -> None:
    code = """
from pathlib import Path
from plancia.ops import supervision
import sys
child = supervision.Child("web", [sys.executable, "-c", "raise SystemExit('no font')"], Path(sys.argv[1]) / "log")
supervision.Supervisor([child], tell=lambda text: print(text, flush=True)).run()
"""
    supervisor = start(code, place)
    assert supervisor.stdout

    lines = [supervisor.stdout.readline() for _ in range(5)]

    assert lines[2].startswith("web ended (code 1)")
    assert lines[3:] == ["web does not stay up. It said last:\n", "  no font\n"]


def test_two_supervisors_do_not_meet(start: Start, place: Path) -> None:
    places = [place / "here", place / "there"]
    for path in places:
        path.mkdir()
    (first, ours), (second, theirs) = (supervise(start, path, "one") for path in places)

    first.terminate()
    first.communicate(timeout=30)
    gone(ours)

    assert all(is_running(number) for number in theirs)
    second.terminate()
    second.communicate(timeout=30)
    gone(theirs)
