"""A load from the outside: parallel clients that keep their connections, on loopback only."""

from __future__ import annotations

import gzip
import http.client
import threading
import time
from dataclasses import dataclass
from pathlib import Path

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class Measured:
    """What a load measured. Units: requests a second, milliseconds, kB (1,000 bytes)."""

    requests_per_second: float
    p50_ms: float
    p95_ms: float
    cpu_ms: float
    html_kb: float
    compressed_kb: float


def run(port: int, path: str, cookie: str, *, server: int, seconds: float = 6, clients: int = CLIENTS) -> Measured:
    """Ask for `path` with parallel clients for some seconds; `server` is the process whose tree's CPU is counted."""
    _fetch(http.client.HTTPConnection("127.0.0.1", port, timeout=30), path, cookie)  # warm
    took: list[float] = []
    lock = threading.Lock()
    before, started = cpu_seconds(server), time.perf_counter()
    end = started + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        mine = []
        while time.perf_counter() < end:
            at = time.perf_counter()
            _fetch(connection, path, cookie)
            mine.append(time.perf_counter() - at)
        with lock:
            took.extend(mine)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    took.sort()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    plain = _fetch(connection, path, cookie)
    return Measured(
        requests_per_second=len(took) / elapsed,
        p50_ms=took[len(took) // 2] * 1000,
        p95_ms=took[int(len(took) * 0.95)] * 1000,
        cpu_ms=(cpu_seconds(server) - before) / len(took) * 1000,
        html_kb=len(plain) / 1000,
        compressed_kb=len(gzip.compress(plain)) / 1000,
    )


def cpu_seconds(root: int) -> float:
    """Return the CPU seconds that a process and all below it have used. Source: proc(5)."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        number, fields = int(stat.parent.name), text.rsplit(") ", 1)[1].split()
        parents[number] = int(fields[1])
        used[number] = (int(fields[11]) + int(fields[12])) / 100
    family = {root}
    while True:
        more = {number for number, parent in parents.items() if parent in family} - family
        if not more:
            return sum(used.get(number, 0) for number in family)
        family |= more


def _fetch(connection: http.client.HTTPConnection, path: str, cookie: str) -> bytes:
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{path} answered {answer.status}")
    return body
