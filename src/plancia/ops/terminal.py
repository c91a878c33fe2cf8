"""What commands say: with colour and in place on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.status import Status

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


class Tell(Protocol):
    """How a long task tells what it is doing."""

    def __call__(self, text: str, /) -> None: ...


def say(text: str = "") -> None:
    """Write a line."""
    out.print(text, markup=False)
    sys.stdout.flush()


def complain(text: str) -> None:
    """Write a line about what went wrong."""
    err.print(text, style="bold red" if err.is_terminal else "", markup=False)


@contextmanager
def progress(title: str) -> Iterator[Tell]:
    """Show what goes on within the block: one line that changes on a terminal, a line each elsewhere."""
    if not out.is_terminal:
        last = ""

        def tell(text: str) -> None:
            nonlocal last
            if text != last:
                say(f"{title}: {text}")
            last = text

        yield tell
        return
    with Status(title, console=out) as status:

        def update(text: str) -> None:
            status.update(f"{title}: {text}")

        yield update
