from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from helpers.lab.socket_table import StateNotReached, sockets_of, state_of, wait_for_state

Connection = tuple[socket.socket, socket.socket, int]


@pytest.fixture
def connection() -> Iterator[Connection]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as caller, listener.accept()[0] as answerer:
            yield caller, answerer, listener.getsockname()[1]


def test_both_ends_and_the_listener_are_of_its_port(connection: Connection) -> None:
    caller, _, port = connection
    ends = {(row.local, row.remote, row.state) for row in sockets_of(port)}
    mine = f"127.0.0.1:{caller.getsockname()[1]}"
    assert ends == {
        (f"127.0.0.1:{port}", "0.0.0.0:0", "LISTEN"),
        (f"127.0.0.1:{port}", mine, "ESTABLISHED"),
        (mine, f"127.0.0.1:{port}", "ESTABLISHED"),
    }


def test_a_state_is_waited_for_and_its_owner_knows_it(connection: Connection) -> None:
    caller, answerer, port = connection
    caller.shutdown(socket.SHUT_WR)
    assert wait_for_state(port, "FIN-WAIT-2").remote == f"127.0.0.1:{port}"
    assert (state_of(caller), state_of(answerer)) == ("FIN-WAIT-2", "CLOSE-WAIT")


def test_a_state_that_does_not_come_is_an_error_that_says_what_is_there(connection: Connection) -> None:
    with pytest.raises(StateNotReached, match="came to CLOSING within 0.01 s; they are in ESTABLISHED, LISTEN"):
        wait_for_state(connection[2], "CLOSING", 0.01)


def test_a_port_without_sockets_has_no_state() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert sockets_of(port) == ()
    with pytest.raises(StateNotReached, match="no state at all"):
        wait_for_state(port, "LISTEN", 0.01)


def test_with_the_other_ends_port_an_older_connection_of_one_of_the_two_ports_does_not_count() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()) as near:
        far, _ = listener.accept()
        here, there = near.getsockname()[1], far.getsockname()[1]
        far.close()
        assert near.recv(1) == b""
    assert wait_for_state(there, "TIME-WAIT", peer=here).local_port == there
    with pytest.raises(StateNotReached):
        wait_for_state(here, "TIME-WAIT", timeout=0, peer=there)
