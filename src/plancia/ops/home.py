"""The data directory: where the embedded database, secrets and collected static files live."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def directory() -> Path:
    """
    Return the data directory: `PLANCIA_HOME`, or a sensible place outside the checkout.

    As root it is under /var/lib, because PostgreSQL then runs as an ordinary account that cannot enter /root.
    """
    named = os.environ.get("PLANCIA_HOME")
    if named:
        return Path(named).expanduser().resolve()
    if os.geteuid() == 0:
        return Path("/var/lib/plancia")
    return Path(os.environ.get("XDG_DATA_HOME", "~/.local/share")).expanduser() / "plancia"


def secret(name: str, make: Callable[[], str]) -> str:
    """Return the secret kept under `name` in the data directory, made the first time. Mode 0600."""
    path = directory() / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        mine = path.with_name(f".{name}.{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(make())
        # Whoever links first wins; the others read the winner's.
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        mine.unlink()
    return path.read_text().strip()
