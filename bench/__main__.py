"""Run all measurements in one run and write bench/RESULTS.md."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from plancia.ops import postgres

HERE = Path(__file__).parent


def main() -> int:
    """Make a throwaway provider, measure, write the results, and leave nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="plancia-bench-"))
    home.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "PLANCIA_HOME": str(home), "PORT": str(port), "PLANCIA_MODE": "production"}
    environment.pop("DATABASE_URL", None)
    plancia = [sys.executable, "-m", "plancia"]
    try:
        _say("making a provider")
        subprocess.run([*plancia, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        environment["DJANGO_SETTINGS_MODULE"] = "plancia.config.settings"
        cluster = postgres.Cluster(home / "postgres")
        cluster.start()
        try:
            sections = _run("bench.postings", environment) + _run("bench.invoices", environment)
            sections += _run("bench.renewals", environment)
            sections += _run("bench.pages", environment, str(port))
            sections += _run("bench.checkouts", environment, str(port))
            sections += _run("bench.search", environment)
            sections += _run("bench.sign_in", environment)
        finally:
            cluster.stop()
        _write(sections)
        return 0
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(module: str, environment: dict[str, str], *arguments: str) -> str:
    _say(f"running {module}")
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    print(done.stdout, flush=True)
    return done.stdout


def _write(sections: str) -> None:
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    head = (
        "# Results\n\n"
        f"Measured on {time.strftime('%Y-%m-%d', time.gmtime())}: {machine}; the load runs on the same cores. "
        "Figures of one run compare with each other; another machine gives others. `make bench` repeats them.\n\n"
    )
    (HERE / "RESULTS.md").write_text(head + sections)


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
