"""
Static files, collected once a version into a directory named after what they are.

A new version gets a new directory, moved into place when it is complete, so that processes of two versions, or two
starts at once, never see half of it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

#: Packages, beside ours, that bring files.
_OTHERS = ("django", "django-allauth", "django-htmx", "whitenoise")
#: How many versions are kept.
_KEPT = 3


def root(home: Path) -> Path:
    """Return the directory of this version's files."""
    total = hashlib.sha256(" ".join(f"{name}={importlib.metadata.version(name)}" for name in _OTHERS).encode())
    package = Path(__file__).parent.parent
    files = [file for directory in package.glob("*/static") for file in directory.rglob("*") if file.is_file()]
    for file in sorted([*files, package / "kit" / "storage.py"]):
        found = file.stat()
        total.update(f"{file.relative_to(package)} {found.st_size} {found.st_mtime_ns}\n".encode())
    return home / "static" / total.hexdigest()[:16]


def collect(home: Path, *, tell: Callable[[str], None] = lambda _: None) -> None:
    """Have this version's files collected; does nothing where they are."""
    place = root(home)
    if place.exists():
        return
    tell("collecting static files")
    fresh = place.with_name(f"{place.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    # In a process of its own: settings are read once, and ours name the final place.
    done = subprocess.run([sys.executable, "-m", __name__, str(fresh)], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise RuntimeError(f"static files were not collected:\n{done.stderr}")
    try:
        fresh.rename(place)
    except OSError:
        shutil.rmtree(fresh, ignore_errors=True)  # somebody else was quicker
    others = sorted(place.parent.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in [path for path in others if path != place and "." not in path.name][_KEPT - 1 :]:
        shutil.rmtree(old, ignore_errors=True)


def _collect_into(place: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "plancia.config.settings")
    import django
    from django.conf import settings

    settings.STATIC_ROOT = place
    django.setup()
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)


if __name__ == "__main__":
    _collect_into(sys.argv[1])
