from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plancia.ops import postgres


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory that PostgreSQL's account may enter, as pytest's own may not be."""
    path = Path(tempfile.mkdtemp(prefix="plancia-ops-"))
    path.chmod(0o755)
    yield path
    cluster = postgres.Cluster(path / "postgres")
    if cluster.is_alive():
        cluster.stop()
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def binaries() -> Iterator[Path]:
    """Copies of PostgreSQL's binaries, made once: each cluster would make its own."""
    path = Path(tempfile.mkdtemp(prefix="plancia-binaries-"))
    path.chmod(0o755)
    cluster = postgres.Cluster(path)
    cluster.start()
    cluster.stop()
    yield next(path.glob("binaries-*"))
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def cluster(place: Path, binaries: Path) -> postgres.Cluster:
    found = postgres.Cluster(place / "postgres")
    found.home.mkdir()
    (found.home / binaries.name).symlink_to(binaries)
    return found


@pytest.fixture
def start(place: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python code as a process of its own, with `place` as its data directory; whatever is left is killed."""
    running = []

    def begin(code: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PLANCIA_HOME": str(place), **environment},
        )
        running.append(process)
        return process

    yield begin
    for process in running:
        process.kill()
        process.communicate()
