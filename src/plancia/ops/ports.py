"""Ports: which one is free, and keeping it ours until the server has it."""

from __future__ import annotations

import socket


def claim(host: str, port: int) -> socket.socket | None:
    """
    Return a socket that keeps `port` for us, or None where somebody has it.

    It does not listen. Servers of this account that share ports (SO_REUSEPORT) may bind it as well; nobody else may, so
    that of two demos started at once each gets its own. 0 is any free port.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    mine = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Reuse lets us have a port whose last connections are still fading; dropping it again keeps others out.
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        mine.bind((host, port))
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    except OSError:
        mine.close()
        return None
    return mine


def number(claimed: socket.socket) -> int:
    """Return the port of a claim."""
    return int(claimed.getsockname()[1])


def first_free(host: str, start: int, *, tries: int = 100) -> socket.socket | None:
    """Return a claim of the first free port from `start` on, or None where there is none."""
    for port in range(start, min(start + tries, 65_536)):
        if claimed := claim(host, port):
            return claimed
    return None
