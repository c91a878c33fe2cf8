"""The data directory: where the embedded database, secrets and collected static files live."""

from __future__ import annotations

import contextlib
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


class Unusable(Exception):
    """The data directory cannot be used; the message says why and what to do."""


def prepare() -> Path:
    """
    Make the data directory, and return it.

    Raises: Unusable, when it cannot be written, or PostgreSQL's account could not enter it.
    """
    place = directory()
    try:
        missing = [path for path in (place, *place.parents) if not path.exists()]
        place.mkdir(parents=True, exist_ok=True)
        for path in missing:
            path.chmod(0o755)  # whatever the umask: as root, the server runs as somebody else
    except OSError as error:
        raise Unusable(f"The data directory {place} cannot be made ({error.strerror}). Set PLANCIA_HOME.") from error
    if not os.access(place, os.W_OK | os.X_OK):
        raise Unusable(f"The data directory {place} may not be written by you. Set PLANCIA_HOME to one of yours.")
    if os.geteuid() == 0:
        for path in (place, *place.parents):
            if not path.stat().st_mode & 0o001:
                raise Unusable(
                    f"PostgreSQL refuses to run as root, and the account that it runs as may not enter {path}. "
                    "Set PLANCIA_HOME to a directory outside, such as /var/lib/plancia."
                )
    return place


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
        with contextlib.suppress(FileExistsError):
            os.link(mine, path)
        mine.unlink()
    return path.read_text().strip()
