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

from plancia.ops import database, postgres
from tests import waiting

PLANCIA = (sys.executable, "-m", "plancia")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Provider:
    """Web, worker and rehearsal gateway on an embedded PostgreSQL, each of which can be killed and started again."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="plancia-provider-"))
        self.home.chmod(0o755)
        self.port, self.gateway_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PLANCIA", "DJANGO", "DATABASE", "PYTEST"))
        }
        self.environment = inherited | {
            "PLANCIA_HOME": str(self.home),
            "PLANCIA_MODE": "demo",
            "PLANCIA_BASE_URL": self.url,
            "PLANCIA_REHEARSAL_GATEWAY_URL": f"http://127.0.0.1:{self.gateway_port}",
            "PORT": str(self.port),
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.cluster = postgres.Cluster(self.home / "postgres")

    COMMANDS = ("serve", "work", "rehearsal-gateway")

    def start(self) -> None:
        """Make the database, fill the shop, and start everything."""
        self.plancia("migrate")
        from plancia.catalog import sample

        self.start_process("serve")
        self.plancia("catalog", "import", str(sample.directory()))
        self.start_process("work")
        self.start_process("rehearsal-gateway")
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
        """Run a command of the operator's; it must succeed."""
        done = subprocess.run(
            [*PLANCIA, *arguments], env=self.environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, f"plancia {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
        return done.stdout

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
