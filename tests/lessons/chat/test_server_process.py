from __future__ import annotations

import os
import socket
from dataclasses import replace

import pytest

from helpers.lab.socket_table import sockets_of
from helpers.lessons.chat import ServerProcess, server_process
from helpers.trace import SocketRow
from tests.lessons.chat import servers


def test_it_serves_until_its_block_or_another_of_its_name_ends_it() -> None:
    first = ServerProcess(servers.good, servers.in_threads, servers.lines)
    with ServerProcess(servers.good, servers.in_threads, servers.lines) as server:
        with socket.create_connection(server.address, 5) as caller:
            caller.sendall(b"hello\n")
            assert caller.makefile("rb").readline() == b"you said: hello\n"
        assert (first.ending(), server.ending()) == ("exit", "")
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


def test_what_it_has_not_read_is_counted_while_it_sleeps() -> None:
    with (
        ServerProcess(servers.one_by_one, servers.lines) as server,
        socket.create_connection(server.address, 5),
        socket.create_connection(server.address, 5) as second,
    ):
        second.sendall(b"hello\n")
        server.settle()
        assert (server.asleep(), server.unread(second.getsockname()[1]), server.unread(1)) == (True, 6, 0)


@pytest.mark.parametrize("sender", ["client", "server"])
def test_it_is_not_asleep_while_bytes_are_on_their_way(sender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        ServerProcess(servers.one_by_one, servers.lines) as server,
        socket.create_connection(server.address, 5) as caller,
    ):
        ports = {"server": server.address[1], "client": caller.getsockname()[1]}

        def table(waiting: int) -> tuple[SocketRow, ...]:
            """As the kernel's, but 6 bytes of the sender are not acknowledged, and so many wait at the receiver."""
            return tuple(
                replace(row, send_queue=6) if row.local_port == ports[sender] else replace(row, recv_queue=waiting)
                for row in sockets_of(ports["client"])
            )

        server.settle()
        for waiting, asleep in ((0, False), (6, True)):
            monkeypatch.setattr(server_process, "sockets_of", lambda port, waiting=waiting: table(waiting))
            assert server.asleep() is asleep


def test_one_that_reads_slowly_is_given_time() -> None:
    with ServerProcess(servers.slow) as server, socket.create_connection(server.address, 5) as caller:
        caller.sendall(bytes(30_000))
        server.settle()
        assert server.unread(caller.getsockname()[1]) == 0


def test_one_that_computes_for_ever_is_not_waited_for() -> None:
    with ServerProcess(servers.restless) as server, socket.create_connection(server.address, 5):
        server.settle()
        assert not server.asleep()
