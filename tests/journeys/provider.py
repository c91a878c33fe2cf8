"""A provider of its own: real processes, a real cluster, a data directory that is thrown away."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import psycopg

from plancia.catalog import sample
from plancia.ops import database, postgres
from tests import copies, waiting

PLANCIA = (sys.executable, "-m", "plancia")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(home: Path, template: str) -> None:
    """Fill a data directory with the tables and the sample shop, and leave nothing running in it."""
    home.chmod(0o755)
    cluster = postgres.Cluster(home / "postgres")
    cluster.start()
    try:
        copies.fill(cluster, template)
        _run(_environment(home), "catalog", "import", str(sample.directory()))
    finally:
        cluster.stop()


def _environment(home: Path) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PLANCIA", "DJANGO", "DATABASE", "PYTEST"))
    }
    return inherited | {"PLANCIA_HOME": str(home), "PLANCIA_MODE": "demo"}


def _run(environment: dict[str, str], *arguments: str) -> str:
    """Run a command of the operator's; it must succeed."""
    done = subprocess.run(
        [*PLANCIA, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"plancia {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
    return done.stdout


class Provider:
    """Web, worker and rehearsal gateway on an embedded PostgreSQL, each of which can be killed and started again."""

    def __init__(self, pattern: Path) -> None:
        """Copy the data directory that `prepare` filled."""
        self.home = Path(tempfile.mkdtemp(prefix="plancia-provider-"))
        self.home.chmod(0o755)
        subprocess.run(["cp", "--archive", f"{pattern}/.", self.home], check=True)
        self.port, self.gateway_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = _environment(self.home) | {
            "PLANCIA_BASE_URL": self.url,
            "PLANCIA_REHEARSAL_GATEWAY_URL": f"http://127.0.0.1:{self.gateway_port}",
            "PORT": str(self.port),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.cluster = postgres.Cluster(self.home / "postgres")

    COMMANDS = ("serve", "work", "rehearsal-gateway")

    def start(self) -> None:
        for name in self.COMMANDS:
            self.start_process(name)
        waiting.until(self.is_well, seconds=60, what="the health check")

    def start_process(self, name: str) -> None:
        extra = ("--port", str(self.gateway_port)) if name == "rehearsal-gateway" else ()
        with (self.home / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*PLANCIA, name, *extra], env=self.environment, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        if self.cluster.is_alive():
            self.cluster.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def kill(self, name: str) -> None:
        """kill -9, to the whole group of a process; PostgreSQL's postmaster alone, as the kernel would."""
        if name == "postgres":
            number = self.cluster.postmaster()
            if number:
                os.kill(number, signal.SIGKILL)
            return
        process = self.processes[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def is_well(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def plancia(self, *arguments: str) -> str:
        return _run(self.environment, *arguments)

    def run(self, module: str, *arguments: str) -> Any:
        """Run a module of the tests inside this provider; it prints JSON."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "plancia.config.settings"},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Look at what really is there."""
        with psycopg.connect(self.cluster.superuser, dbname=database.NAME, autocommit=True) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]
