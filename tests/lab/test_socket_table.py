from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.lab.socket_table import StateNotReached, parse, state_of, wait_for_state
from helpers.trace import SocketRow

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0200000A:0050 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 1001 1 0000 100 0 0 10 0
   1: 0200000A:0050 0100000A:9C40 03 00000000:00000000 01:00000064 00000001     0        0 0 1 0000
   2: 0200000A:0050 0100000A:9C41 06 00000000:00000000 03:00001766 00000000     0        0 0 3 0000
"""
Connection = tuple[socket.socket, socket.socket, int]


@pytest.fixture
def connection() -> Iterator[Connection]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as caller, listener.accept()[0] as answerer:
            yield caller, answerer, listener.getsockname()[1]


def test_rows_of_a_written_table() -> None:
    client, server = "10.0.0.1", "10.0.0.2:80"
    assert parse(TABLE) == (
        SocketRow(server, "0.0.0.0:0", "LISTEN", 2, 0, "", 0.0, 0, 1001),
        SocketRow(server, f"{client}:40000", "SYN-RECEIVED", 0, 0, "retransmit", 1.0, 1, 0),
        SocketRow(server, f"{client}:40001", "TIME-WAIT", 0, 0, "TIME-WAIT", 59.9, 0, 0),
    )


def test_this_kernels_own_table_of_ipv6() -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        rows = parse(Path("/proc/net/tcp6").read_text())
        assert f"[::1]:{listener.getsockname()[1]}" in {row.local for row in rows if row.state == "LISTEN"}


def test_a_state_is_waited_for_and_its_owner_knows_it(connection: Connection) -> None:
    caller, answerer, port = connection
    caller.shutdown(socket.SHUT_WR)
    assert wait_for_state(port, "FIN-WAIT-2").remote == f"127.0.0.1:{port}"
    assert (state_of(caller), state_of(answerer)) == ("FIN-WAIT-2", "CLOSE-WAIT")
    with pytest.raises(StateNotReached, match="to CLOSING within 0.01 s; they are in CLOSE-WAIT, FIN-WAIT-2, LISTEN"):
        wait_for_state(port, "CLOSING", 0.01)


def test_with_the_other_ends_port_an_older_connection_of_one_of_the_two_ports_does_not_count() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as near:
        far, _ = listener.accept()
        here, there = near.getsockname()[1], far.getsockname()[1]
        far.close()
        assert near.recv(1) == b""
    assert wait_for_state(there, "TIME-WAIT", peer=here).local_port == there
    with pytest.raises(StateNotReached):
        wait_for_state(here, "TIME-WAIT", timeout=0, peer=there)
