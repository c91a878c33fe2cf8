from __future__ import annotations

import socket

import pytest

from plancia.ops import ports

HERE = "127.0.0.1"


def test_a_claimed_port_is_nobody_elses() -> None:
    first = ports.claim(HERE, 0)
    assert first

    second = ports.claim(HERE, ports.number(first))
    stranger = socket.socket()

    assert second is None
    with pytest.raises(OSError, match="in use"):
        stranger.bind((HERE, ports.number(first)))
    stranger.close()
    first.close()


def test_a_server_that_shares_ports_may_listen_on_a_claimed_one() -> None:
    claimed = ports.claim(HERE, 0)
    assert claimed
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)

    server.bind((HERE, ports.number(claimed)))
    server.listen()
    client = socket.create_connection((HERE, ports.number(claimed)))
    accepted, _ = server.accept()

    assert accepted.getsockname()[1] == ports.number(claimed)
    for end in (accepted, client, server, claimed):
        end.close()


def test_a_port_in_use_is_passed_over() -> None:
    busy = socket.socket()
    busy.bind((HERE, 0))
    busy.listen()
    start = busy.getsockname()[1]

    found = ports.first_free(HERE, start)

    assert found and ports.number(found) > start
    found.close()
    busy.close()
